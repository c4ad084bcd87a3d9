"""During attacks and beside idle connections other clients are served, and the server's memory is bounded."""

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
    attacking,
    connection_from,
    drip_body,
    query_widest_valid_document,
    read_no_response,
    response_to,
    send_deeply_nested_message,
)
from tests.faults.disposable_servers import DisposableServer, disposable_database
from tests.faults.latency_probe import latencies, latencies_with_baseline, percentile_99, private_mb, resident_mb
from tests.faults.load import customers
from tests.faults.test_under_load import SERVE, serving
from tests.promises import Promise
from tests.waiting import until

SERVE_WITH_FILES = f"ulimit -n 4096; {SERVE}"

POOLED_CONNECTIONS = 30
"""Connections to the database and the queue server that a server opens once, under load."""

IDLE_SOCKETS = 1000

CALLS_PER_SECOND = 8
"""Of the probing client; those to both servers together stay below the rate limit of an address."""

NO_PERSON_LIMITS = dict.fromkeys(("EMP_CALLS_PER_MINUTE_PER_PERSON", "EMP_COST_PER_MINUTE_PER_PERSON"), "0")

NO_CALL_LIMITS = NO_PERSON_LIMITS | {"EMP_CALLS_PER_MINUTE_PER_ADDRESS": "0"}

ADDRESS_LIMITS = {
    f"EMP_{name.upper()}": str(Settings.model_fields[name].default)
    for name in ("connections_per_address", "requests_at_once_per_address", "head_within")
}
"""Limits of an address, as in production."""

MAX_GROWTH_MB = 10
"""After a second attack of one kind."""

TCP_LISTEN, TCP_TIME_WAIT = "0A", "06"
"""States of a socket in /proc/net/tcp."""

HEALTH = b"GET /healthz HTTP/1.0\r\n\r\n"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """The URL of a migrated, empty database."""
    async with disposable_database() as (_, cluster):
        yield await _migrated(cluster)


async def _migrated(cluster: Cluster) -> str:
    await migrate(cluster.url())
    return cluster.url()


def pid_of(server: DisposableServer) -> int:
    """Process id of the server."""
    assert server.child is not None
    return server.child.process.pid


def open_files(server: DisposableServer) -> int:
    """Number of its open file descriptors, sockets included."""
    return len(os.listdir(f"/proc/{pid_of(server)}/fd"))


def open_connections(port: int) -> int:
    """Number of connections to a local port, without those in TIME_WAIT."""
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(
        local.endswith(f":{port:04X}") and state not in {TCP_LISTEN, TCP_TIME_WAIT} for _, local, _, state, *_ in lines
    )


async def test_other_clients_are_served_during_all_attacks_at_once(
    url: str, valkey_url: str, long: bool, promise: Promise
) -> None:
    """Attackers, both servers, PostgreSQL and the probing client share the processors of this machine.

    What the attackers use of them says nothing of the server: so the client calls the attacked server and a baseline
    server on the same database by turns, which nobody attacks and which has as little processor time.
    """
    (rounds, calls, attackers), port, other_port = (3, 200, 10) if long else (1, 10, 2), free_port(), free_port()
    alone, under_attack, beside = list[float](), list[float](), list[float]()
    async with (
        serving(url, valkey_url, port, NO_PERSON_LIMITS, SERVE_WITH_FILES) as server,
        serving(url, valkey_url, other_port, NO_PERSON_LIMITS, SERVE_WITH_FILES),
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (probe_client,),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{other_port}", timeout=60) as baseline,
    ):
        memory, files = [resident_mb(pid_of(server))], [open_files(server)]
        for _ in range(rounds):
            alone += await latencies(probe_client, calls, CALLS_PER_SECOND)
            async with attacking(port, attackers):
                at_server, at_baseline = await latencies_with_baseline(probe_client, baseline, calls, CALLS_PER_SECOND)
            under_attack += at_server
            beside += at_baseline
            await until(lambda: open_connections(port) <= 1, within=60)
            memory.append(resident_mb(pid_of(server)))
            files.append(open_files(server))

    assert memory[-1] - memory[0] < 100
    assert files[-1] <= files[0] + POOLED_CONNECTIONS
    attackers_by_kind = f"{attackers} attackers of each of {len(ATTACKS)} kinds"
    ratios = percentile_99(under_attack) / percentile_99(beside), median(under_attack) / median(beside)
    promise(
        f"Latency of another client during {attackers_by_kind}, by that of a server without attackers: 99th percentile,"
        " and median",
        f"{ratios[0]:.1f} times, {ratios[1]:.1f} times",
    )
    promise(
        "99th percentile before the attacks, and during them of the server without attackers and of the one with them",
        ", ".join(f"{percentile_99(seconds) * 1000:.0f} ms" for seconds in (alone, beside, under_attack)),
    )
    promise("Memory of the server before the attacks, and after each of them", f"{memory} MB")
    promise("Files that the server had open then", files)


async def test_other_clients_are_served_while_one_address_attacks_with_all_its_connections(
    url: str, valkey_url: str, long: bool, promise: Promise
) -> None:
    attackers, calls, port = Settings.model_fields["connections_per_address"].default, 100 if long else 10, free_port()
    kinds = ATTACKS if long else (drip_body, read_no_response)
    highest = dict[str, float]()
    async with (
        serving(url, valkey_url, port, NO_PERSON_LIMITS | ADDRESS_LIMITS, SERVE_WITH_FILES),
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (probe_client,),
    ):
        for kind in kinds:
            async with attacking(port, attackers, (kind,)):
                highest[kind.__name__] = percentile_99(await latencies(probe_client, calls, CALLS_PER_SECOND))
            await until(lambda: open_connections(port) <= 1, within=60)

    slowest = max(highest, key=highest.__getitem__)
    promise(
        f"Calls of another client that were refused while one address attacked by {attackers} connections, each of"
        f" {len(kinds)} kinds in turn",
        f"0; the 99th percentile of the answers meanwhile at most {highest[slowest] * 1000:.0f} ms ({slowest})",
    )


async def test_memory_does_not_grow_with_repeated_attacks(
    url: str, valkey_url: str, long: bool, promise: Promise, environment: pytest.MonkeyPatch
) -> None:
    """A first attack fills caches (documents, pooled connections); a second one must add nothing."""
    # All attacks together take longer than the usual life of a token.
    environment.setenv("EMP_ACCESS_TOKEN_LIFE", "PT1H")
    settings.cache_clear()
    calls, attackers, port = 100 if long else 5, 10 if long else 2, free_port()
    kinds = ATTACKS if long else (query_widest_valid_document, send_deeply_nested_message)
    growth_mb = dict[str, float]()
    async with (
        serving(url, valkey_url, port, NO_CALL_LIMITS, SERVE_WITH_FILES) as server,
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (probe_client,),
    ):
        for kind in kinds:
            memory = list[float]()
            for _ in range(2):
                async with attacking(port, attackers, (kind,)):
                    await latencies(probe_client, calls, CALLS_PER_SECOND)
                await until(lambda: open_connections(port) <= 1, within=60)
                await latencies(probe_client, calls, CALLS_PER_SECOND)
                memory.append(private_mb(pid_of(server)))
            growth_mb[kind.__name__] = memory[1] - memory[0]

    assert max(growth_mb.values()) < MAX_GROWTH_MB, growth_mb
    promise(
        f"Private memory that the server uses more after a second attack by {attackers} attackers of each of"
        f" {len(kinds)} kinds in turn, at most",
        f"{max(growth_mb.values()):.1f} MB ({max(growth_mb, key=growth_mb.__getitem__)})",
    )


async def test_idle_sockets_take_little_memory_and_connections_over_the_limit_get_503(
    url: str, valkey_url: str, long: bool, promise: Promise
) -> None:
    per_address, at_once = (Settings.model_fields[f"connections_{of}"].default for of in ("per_address", "at_once"))
    as_in_production = NO_PERSON_LIMITS | ADDRESS_LIMITS | {"EMP_HEAD_WITHIN": "600"}
    addresses, calls, port = [f"127.0.0.{last}" for last in range(100, 111)], 200 if long else 5, free_port()
    raise_file_limit()

    async with (
        serving(url, valkey_url, port, as_in_production, SERVE_WITH_FILES) as server,
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (probe_client,),
    ):
        alone, before = await latencies(probe_client, calls, CALLS_PER_SECOND), resident_mb(pid_of(server))
        async with AsyncExitStack() as stack:
            for address in addresses[: IDLE_SOCKETS // per_address]:
                for _ in range(per_address):
                    await stack.enter_async_context(connection_from(port, address))
            beside, during = await latencies(probe_client, calls, CALLS_PER_SECOND), resident_mb(pid_of(server))
            over_the_address_limit = await response_to(port, HEALTH, addresses[0])
            for address in addresses[IDLE_SOCKETS // per_address : at_once // per_address]:
                for _ in range(per_address):
                    await stack.enter_async_context(connection_from(port, address))
            over_the_server_limit = await response_to(port, HEALTH, addresses[-1])
        await until(lambda: _is_served(port))

    assert (per_address, at_once) == (200, 2000)
    assert over_the_address_limit.startswith(b"HTTP/1.1 503 ")
    assert over_the_server_limit.startswith(b"HTTP/1.1 503 ")
    promise(f"Memory for {IDLE_SOCKETS} idle sockets", f"{during - before} MB")
    promise(
        f"99th percentile of another client, alone and beside {IDLE_SOCKETS} idle sockets",
        f"{percentile_99(alone) * 1000:.0f} ms, {percentile_99(beside) * 1000:.0f} ms",
    )


async def _is_served(port: int) -> bool:
    return b" 200 " in await response_to(port, HEALTH)
