"""Whatever attackers do, however many stand idle at the door, everybody else is served, and the server stays small."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from backend.embedded.mailbox import free_port
from backend.embedded.postgres import Cluster
from backend.http_protocol import raise_file_limit
from backend.settings import Settings
from backend.storage.database import database
from backend.storage.migrating import migrate
from tests.faults.innocents import high, latencies, resident
from tests.faults.load import customers
from tests.faults.siege import ATTACKS, besieged, line_to, said_to
from tests.faults.stands import Stand, database_stand
from tests.faults.test_under_load import SERVE, serving
from tests.promises import Promise
from tests.waiting import until

MANY_FILES = f"ulimit -n 4096; {SERVE}"

KEPT_OPEN = 30
"""Connections to the database and the queue server that a server opens once, when many come."""

IDLE = 1000

A_SECOND = 20
"""Calls of an innocent, who stands for many."""

FOR_MANY = {"EMP_CALLS_PER_MINUTE_PER_PERSON": "0"}

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


async def test_innocents_are_served_while_all_attacks_go_on_together(
    url: str, valkey_url: str, long: bool, promise: Promise
) -> None:
    (rounds, asked, attackers), port = (3, 200, 10) if long else (1, 10, 2), free_port()
    alone, under_attack = list[float](), list[float]()
    async with (
        serving(url, valkey_url, port, FOR_MANY, MANY_FILES) as server,
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (innocent,),
    ):
        memory, files = [resident(pid_of(server))], [open_files(server)]
        for _ in range(rounds):
            alone += await latencies(innocent, asked, A_SECOND)
            async with besieged(port, attackers):
                under_attack += await latencies(innocent, asked, A_SECOND)
            await until(lambda: connected(port) <= 1, within=60)
            memory.append(resident(pid_of(server)))
            files.append(open_files(server))

    assert memory[-1] - memory[0] < 100
    assert files[-1] <= files[0] + KEPT_OPEN
    quiet, loud = high(alone), high(under_attack)
    promise(
        f"99th percentile of {A_SECOND} innocent calls a second, alone and with {attackers} attackers of each of"
        f" {len(ATTACKS)} kinds",
        f"{quiet * 1000:.0f} ms, {loud * 1000:.0f} ms: {loud / quiet:.1f} times",
    )
    promise("Memory of the server before them, and after each of their visits", f"{memory} MB")
    promise("Files that it had open then", files)


async def test_a_thousand_idle_sockets_take_little_and_a_crowd_is_told_to_come_back(
    url: str, valkey_url: str, long: bool, promise: Promise
) -> None:
    of_an_address, of_all = (Settings.model_fields[f"connections_{of}"].default for of in ("per_address", "at_once"))
    as_in_production = FOR_MANY | {"EMP_CONNECTIONS_PER_ADDRESS": str(of_an_address), "EMP_HEAD_WITHIN": "600"}
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
