"""Whatever attackers do, however many stand idle at the door, everybody else is served, and the server stays small."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import httpx2
import pytest

from backend.embedded.mailbox import free_port
from backend.embedded.postgres import Cluster
from backend.settings import Settings, settings
from backend.storage.database import database
from backend.storage.migrator import migrate
from backend.web.protocol import raise_file_limit
from tests.faults.attackers import (
    ATTACKS,
    asks_as_much_as_may_be,
    besieged,
    drips_a_body,
    line_to,
    said_to,
    sends_a_deep_message,
    takes_no_answer,
)
from tests.faults.disposable_servers import Stand, database_stand
from tests.faults.latency_probe import high, its_own, latencies, latencies_at_twins, resident
from tests.faults.load import customers
from tests.faults.test_under_load import SERVE, serving
from tests.promises import Promise
from tests.waiting import until

MANY_FILES = f"ulimit -n 4096; {SERVE}"

KEPT_OPEN = 30
"""Connections to the database and the queue server that a server opens once, when many come."""

IDLE = 1000

A_SECOND = 8
"""Calls of an innocent, who stands for many; of both twins together fewer than an address has in a minute."""

FOR_MANY = dict.fromkeys(("EMP_CALLS_PER_MINUTE_PER_PERSON", "EMP_COST_PER_MINUTE_PER_PERSON"), "0")

NO_LIMIT = FOR_MANY | {"EMP_CALLS_PER_MINUTE_PER_ADDRESS": "0"}

OF_AN_ADDRESS = {
    f"EMP_{name.upper()}": str(Settings.model_fields[name].default)
    for name in ("connections_per_address", "requests_at_once_per_address", "head_within")
}
"""What an address may have, as in production."""

BACK_WITHIN = 10
"""MB."""

LISTENS, OVER = "0A", "06"
"""States of a socket, as the kernel names them."""

HEALTH = b"GET /healthz HTTP/1.0\r\n\r\n"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A database without anybody."""
    async with database_stand() as (_, cluster):
        yield await _migrated(cluster)


async def _migrated(cluster: Cluster) -> str:
    await migrate(cluster.url())
    return cluster.url()


def pid_of(server: Stand) -> int:
    """The server's process."""
    assert server.child is not None
    return server.child.process.pid


def open_files(server: Stand) -> int:
    """How many it has open, connections among them."""
    return len(os.listdir(f"/proc/{pid_of(server)}/fd"))


def connected(port: int) -> int:
    """How many connections to a port of this machine are not over."""
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(local.endswith(f":{port:04X}") and state not in {LISTENS, OVER} for _, local, _, state, *_ in lines)


async def test_other_clients_are_served_during_all_attacks_at_once(
    url: str, valkey_url: str, long: bool, promise: Promise
) -> None:
    """Attackers, both servers, PostgreSQL and the innocent share the processors of this machine.

    What the attackers take of them is not the server's doing: so the innocent asks by turns the server that is attacked
    and its twin on the same database, which nobody attacks and which lacks as much.
    """
    (rounds, asked, attackers), port, other_port = (3, 200, 10) if long else (1, 10, 2), free_port(), free_port()
    alone, under_attack, beside = list[float](), list[float](), list[float]()
    async with (
        serving(url, valkey_url, port, FOR_MANY, MANY_FILES) as server,
        serving(url, valkey_url, other_port, FOR_MANY, MANY_FILES),
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (innocent,),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{other_port}", timeout=60) as twin,
    ):
        memory, files = [resident(pid_of(server))], [open_files(server)]
        for _ in range(rounds):
            alone += await latencies(innocent, asked, A_SECOND)
            async with besieged(port, attackers):
                ours, twins = await latencies_at_twins(innocent, twin, asked, A_SECOND)
            under_attack += ours
            beside += twins
            await until(lambda: connected(port) <= 1, within=60)
            memory.append(resident(pid_of(server)))
            files.append(open_files(server))

    assert memory[-1] - memory[0] < 100
    assert files[-1] <= files[0] + KEPT_OPEN
    many = f"{attackers} attackers of each of {len(ATTACKS)} kinds"
    promise(
        f"An innocent's answers with {many} at the server, to those of its twin then: 99th percentile, and median",
        f"{high(under_attack) / high(beside):.1f} times, {median(under_attack) / median(beside):.1f} times",
    )
    promise(
        "99th percentile of the answers alone, and then of the twin and of the server under attack",
        ", ".join(f"{high(seconds) * 1000:.0f} ms" for seconds in (alone, beside, under_attack)),
    )
    promise("Memory of the server before them, and after each of their visits", f"{memory} MB")
    promise("Files that it had open then", files)


async def test_other_clients_are_served_while_one_address_attacks_with_all_its_connections(
    url: str, valkey_url: str, long: bool, promise: Promise
) -> None:
    attackers, asked, port = Settings.model_fields["connections_per_address"].default, 100 if long else 10, free_port()
    kinds = ATTACKS if long else (drips_a_body, takes_no_answer)
    highest = dict[str, float]()
    async with (
        serving(url, valkey_url, port, FOR_MANY | OF_AN_ADDRESS, MANY_FILES),
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (innocent,),
    ):
        for kind in kinds:
            async with besieged(port, attackers, (kind,)):
                highest[kind.__name__] = high(await latencies(innocent, asked, A_SECOND))
            await until(lambda: connected(port) <= 1, within=60)

    slowest = max(highest, key=highest.__getitem__)
    promise(
        f"Calls of an innocent that were refused while one address attacked by {attackers} connections, each of"
        f" {len(kinds)} kinds on their own",
        f"0; the 99th percentile of the answers meanwhile at most {highest[slowest] * 1000:.0f} ms ({slowest})",
    )


async def test_memory_does_not_grow_with_repeated_attacks(
    url: str, valkey_url: str, long: bool, promise: Promise, environment: pytest.MonkeyPatch
) -> None:
    """What is kept for later (documents, connections to others) is there after a first visit; a second adds nothing."""
    # All visits together take longer than a token usually lives.
    environment.setenv("EMP_ACCESS_TOKEN_LIFE", "PT1H")
    settings.cache_clear()
    asked, attackers, port = 100 if long else 5, 10 if long else 2, free_port()
    kinds = ATTACKS if long else (asks_as_much_as_may_be, sends_a_deep_message)
    more = dict[str, float]()
    async with (
        serving(url, valkey_url, port, NO_LIMIT, MANY_FILES) as server,
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (innocent,),
    ):
        for kind in kinds:
            memory = list[float]()
            for _ in range(2):
                async with besieged(port, attackers, (kind,)):
                    await latencies(innocent, asked, A_SECOND)
                await until(lambda: connected(port) <= 1, within=60)
                await latencies(innocent, asked, A_SECOND)
                memory.append(its_own(pid_of(server)))
            more[kind.__name__] = memory[1] - memory[0]

    assert max(more.values()) < BACK_WITHIN, more
    promise(
        f"Memory of its own that the server holds more after a second visit of {attackers} attackers of each of"
        f" {len(kinds)} kinds on their own, at most",
        f"{max(more.values()):.1f} MB ({max(more, key=more.__getitem__)})",
    )


async def test_idle_sockets_take_little_memory_and_connections_over_the_limit_get_503(
    url: str, valkey_url: str, long: bool, promise: Promise
) -> None:
    of_an_address, of_all = (Settings.model_fields[f"connections_{of}"].default for of in ("per_address", "at_once"))
    as_in_production = FOR_MANY | OF_AN_ADDRESS | {"EMP_HEAD_WITHIN": "600"}
    addresses, asked, port = [f"127.0.0.{last}" for last in range(100, 111)], 200 if long else 5, free_port()
    raise_file_limit()

    async with (
        serving(url, valkey_url, port, as_in_production, MANY_FILES) as server,
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (innocent,),
    ):
        alone, before = await latencies(innocent, asked, A_SECOND), resident(pid_of(server))
        async with AsyncExitStack() as stack:
            for address in addresses[: IDLE // of_an_address]:
                for _ in range(of_an_address):
                    await stack.enter_async_context(line_to(port, address))
            beside, during = await latencies(innocent, asked, A_SECOND), resident(pid_of(server))
            one_too_many = await said_to(port, HEALTH, addresses[0])
            for address in addresses[IDLE // of_an_address : of_all // of_an_address]:
                for _ in range(of_an_address):
                    await stack.enter_async_context(line_to(port, address))
            too_many_of_all = await said_to(port, HEALTH, addresses[-1])
        await until(lambda: _is_served(port))

    assert (of_an_address, of_all) == (200, 2000)
    assert one_too_many.startswith(b"HTTP/1.1 503 ")
    assert too_many_of_all.startswith(b"HTTP/1.1 503 ")
    promise(f"Memory that {IDLE} idle sockets take", f"{during - before} MB")
    promise(
        f"99th percentile of an innocent, alone and beside {IDLE} idle sockets",
        f"{high(alone) * 1000:.0f} ms, {high(beside) * 1000:.0f} ms",
    )


async def _is_served(port: int) -> bool:
    return b" 200 " in await said_to(port, HEALTH)
