"""Servers and databases that are killed while customers work: nothing acknowledged is lost, nothing happens twice."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from backend.embedded.mailbox import free_port
from backend.embedded.part import Part
from backend.embedded.postgres import Cluster
from backend.storage.database import database
from backend.storage.migrator import migrate
from tests.faults.attackers import said_to
from tests.faults.disposable_servers import Stand, database_stand, running
from tests.faults.forked_server import WarmServer
from tests.faults.load import Customer, customers, lost_and_doubled
from tests.promises import Promise
from tests.servers import open_folder
from tests.waiting import until

FILES = 256
"""Open files that the server may have."""

SERVE = 'exec "$0" -m backend.cli.main serve'

CUSTOMERS = 4

UNLIMITED = dict.fromkeys(
    (
        "EMP_CALLS_PER_MINUTE_PER_ADDRESS",
        "EMP_CALLS_PER_MINUTE_PER_PERSON",
        "EMP_COST_PER_MINUTE_PER_PERSON",
        "EMP_REQUESTS_PER_HOUR_PER_PERSON",
        "EMP_PENDING_NEW_ACCOUNTS_PER_ORGANISATION",
    ),
    "0",
)


@pytest.fixture
async def stand() -> AsyncIterator[tuple[Stand, Cluster]]:
    """A database that keeps what it has acknowledged."""
    async with database_stand(durable=True) as (stand, cluster):
        await migrate(cluster.url())
        yield stand, cluster


@pytest.fixture
async def port() -> int:
    """Where the server listens."""
    return free_port()


@pytest.fixture
async def server(stand: tuple[Stand, Cluster], valkey_url: str, port: int) -> AsyncIterator[Stand]:
    """The server as an operator starts it, with few files to open; nobody calls or files too often."""
    async with serving(stand[1].url(), valkey_url, port, UNLIMITED) as server:
        yield server


@pytest.fixture
async def warm_server(stand: tuple[Stand, Cluster], valkey_url: str, port: int) -> AsyncIterator[WarmServer]:
    """The same, forked from a process that has everything imported."""
    environment = settings_of(stand[1].url(), valkey_url, port) | UNLIMITED
    with open_folder() as folder:
        server = WarmServer(environment, folder / "server.log", lambda: _is_healthy(port))
        await server.start()
        yield server
        await server.end()


@asynccontextmanager
async def serving(
    database_url: str, redis_url: str, port: int, limits: dict[str, str], how: str = f"ulimit -n {FILES}; {SERVE}"
) -> AsyncIterator[Stand]:
    """A server that may open few files, for as long as the block runs; ``how`` it starts, to a shell."""

    async def is_ready() -> bool:
        return await _is_healthy(port)

    environment = settings_of(database_url, redis_url, port) | limits
    command = ("/bin/bash", "-c", how, sys.executable)
    part = Part(name="server", command=command, is_ready=is_ready, environment=environment)
    with open_folder() as folder:
        async with running(part, folder / "server.log") as server:
            yield server


def settings_of(database_url: str, redis_url: str, port: int) -> dict[str, str]:
    """What it stands on; its customers come from one address, for long."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "EMP_CONNECTIONS_PER_ADDRESS": "1000",
        "EMP_REQUESTS_AT_ONCE_PER_ADDRESS": "200",
        "EMP_ACCESS_TOKEN_LIFE": "PT2H",
        "EMP_HEAD_WITHIN": "60",
        "EMP_DRAIN_S": "0",
    }


@asynccontextmanager
async def at_work(port: int, number: int = CUSTOMERS) -> AsyncIterator[list[Customer]]:
    """So many customers at work for as long as the block runs."""
    async with customers(f"http://127.0.0.1:{port}", number) as found:
        stopped = asyncio.Event()
        working = [asyncio.create_task(customer.works(stopped)) for customer in found]
        try:
            yield found
        finally:
            stopped.set()
            await asyncio.gather(*working)


async def served_again_after(fault: Stand | WarmServer, how: signal.Signals, found: list[Customer]) -> float:
    """Kill in the middle of work, start again. Returns the seconds until somebody is served again."""
    await until(moved_on(found, by=3), within=60)
    await fault.end(how)
    ended = time.monotonic()
    moves_on = moved_on(found, by=1)
    await fault.start()
    await until(moves_on, within=60)
    return time.monotonic() - ended


def moved_on(found: list[Customer], by: int) -> Callable[[], bool]:
    """Whether customers have been answered so many times more than at this moment."""
    before = sum(customer.filed + customer.approved for customer in found)
    return lambda: sum(customer.filed + customer.approved for customer in found) >= before + by


async def test_kills_of_the_server_under_load_lose_and_double_no_acknowledged_write(
    server: Stand, stand: tuple[Stand, Cluster], port: int, long: bool, promise: Promise
) -> None:
    await _killed_under_load(server, stand[1].url(), port, 20 if long else 2, promise)


async def test_hundreds_of_kills_of_a_forked_server_lose_and_double_no_acknowledged_write(
    warm_server: WarmServer, stand: tuple[Stand, Cluster], port: int, long: bool, promise: Promise
) -> None:
    await _killed_under_load(warm_server, stand[1].url(), port, 500 if long else 20, promise, "forked ")


async def _killed_under_load(
    server: Stand | WarmServer, url: str, port: int, kills: int, promise: Promise, which: str = ""
) -> None:
    async with database(url), at_work(port) as found:
        seconds = [await served_again_after(server, signal.SIGKILL, found) for _ in range(kills)]
    lost, doubled = await lost_and_doubled(url, found)

    assert [customer.refused for customer in found] == [[]] * CUSTOMERS
    assert (lost, doubled) == (0, 0)
    told = sum(customer.filed + customer.approved for customer in found)
    promise(f"Acknowledged writes lost or doubled, of {told} in {kills} kills of a {which}server", lost + doubled)
    promise("Longest time from such a kill until a customer is served again", f"{max(seconds):.1f} s")
    promise("Requests that one key filed, at most, however often it was sent", 1 + doubled)


async def test_kills_of_the_database_under_load_lose_and_double_no_acknowledged_write(
    server: Stand, stand: tuple[Stand, Cluster], port: int, long: bool, promise: Promise
) -> None:
    kills = 20 if long else 1
    async with database(stand[1].url()), at_work(port) as found:
        seconds = [await served_again_after(stand[0], signal.SIGQUIT, found) for _ in range(kills)]
    lost, doubled = await lost_and_doubled(stand[1].url(), found)

    assert [customer.refused for customer in found] == [[]] * CUSTOMERS
    assert (lost, doubled) == (0, 0)
    acknowledged = sum(customer.filed + customer.approved for customer in found)
    promise(f"Acknowledged writes lost or doubled, of {acknowledged} in {kills} crashes of PostgreSQL", lost + doubled)
    promise("Longest time from such a crash until a customer is served again", f"{max(seconds):.1f} s")


async def test_a_server_out_of_file_descriptors_answers_503_and_keeps_running(
    server: Stand, port: int, promise: Promise
) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2 * FILES)]
    refused = await said_to(port, b"GET /healthz HTTP/1.0\r\n\r\n")
    for _, writer in idle:
        writer.close()

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert server.child is not None
    assert server.child.process.returncode is None
    await until(lambda: _is_healthy(port))
    promise(f"Servers that died of {2 * FILES} sockets with {FILES} files to open", 0)


async def _is_healthy(port: int) -> bool:
    return b" 200 " in await said_to(port, b"GET /healthz HTTP/1.0\r\n\r\n")
