"""Kills of servers and databases under load: no acknowledged write is lost or doubled."""

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
from tests.faults.attackers import response_to
from tests.faults.disposable_servers import DisposableServer, disposable_database, running_server
from tests.faults.forked_server import ForkedServer
from tests.faults.load import Customer, customers, lost_and_doubled
from tests.promises import Promise
from tests.servers import open_folder
from tests.waiting import until

MAX_OPEN_FILES = 256
"""Limit of open files of the server."""

SERVE = 'exec "$0" -m backend.cli.main serve'

CUSTOMER_COUNT = 4

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
async def database_server() -> AsyncIterator[tuple[DisposableServer, Cluster]]:
    """A durable database: acknowledged writes survive a kill."""
    async with disposable_database(durable=True) as (database_server, cluster):
        await migrate(cluster.url())
        yield database_server, cluster


@pytest.fixture
async def port() -> int:
    """Port of the server."""
    return free_port()


@pytest.fixture
async def server(
    database_server: tuple[DisposableServer, Cluster], valkey_url: str, port: int
) -> AsyncIterator[DisposableServer]:
    """The server as an operator starts it, with few open files and without rate limits or quotas."""
    async with serving(database_server[1].url(), valkey_url, port, UNLIMITED) as server:
        yield server


@pytest.fixture
async def forked_server(
    database_server: tuple[DisposableServer, Cluster], valkey_url: str, port: int
) -> AsyncIterator[ForkedServer]:
    """The same server, forked from a process with all modules imported."""
    environment = settings_of(database_server[1].url(), valkey_url, port) | UNLIMITED
    with open_folder() as folder:
        server = ForkedServer(environment, folder / "server.log", lambda: _is_healthy(port))
        await server.start()
        yield server
        await server.kill()


@asynccontextmanager
async def serving(
    database_url: str,
    redis_url: str,
    port: int,
    limits: dict[str, str],
    shell_command: str = f"ulimit -n {MAX_OPEN_FILES}; {SERVE}",
) -> AsyncIterator[DisposableServer]:
    """A server with a limit of open files, for as long as the block runs; ``shell_command`` starts it."""

    async def is_ready() -> bool:
        return await _is_healthy(port)

    environment = settings_of(database_url, redis_url, port) | limits
    command = ("/bin/bash", "-c", shell_command, sys.executable)
    part = Part(name="server", command=command, is_ready=is_ready, environment=environment)
    with open_folder() as folder:
        async with running_server(part, folder / "server.log") as server:
            yield server


def settings_of(database_url: str, redis_url: str, port: int) -> dict[str, str]:
    """Environment of the server; all customers have one address and long sessions."""
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
async def working_customers(port: int, count: int = CUSTOMER_COUNT) -> AsyncIterator[list[Customer]]:
    """Customers who file and approve for as long as the block runs."""
    async with customers(f"http://127.0.0.1:{port}", count) as found:
        stopped = asyncio.Event()
        working = [asyncio.create_task(customer.file_and_approve(stopped)) for customer in found]
        try:
            yield found
        finally:
            stopped.set()
            await asyncio.gather(*working)


async def seconds_until_served_after(
    server: DisposableServer | ForkedServer, signal_number: signal.Signals, found: list[Customer]
) -> float:
    """Kill a server under load and start it. Returns the seconds from its end to the next acknowledged write."""
    await until(has_progressed(found, by=3), within=60)
    await server.kill(signal_number)
    ended_at = time.monotonic()
    has_answered = has_progressed(found, by=1)
    await server.start()
    await until(has_answered, within=60)
    return time.monotonic() - ended_at


def has_progressed(found: list[Customer], by: int) -> Callable[[], bool]:
    """A condition: there are so many more acknowledged writes than at the moment of the call."""
    before = sum(customer.filed + customer.approved for customer in found)
    return lambda: sum(customer.filed + customer.approved for customer in found) >= before + by


async def test_kills_of_the_server_under_load_lose_and_double_no_acknowledged_write(
    server: DisposableServer, database_server: tuple[DisposableServer, Cluster], port: int, long: bool, promise: Promise
) -> None:
    await _killed_under_load(server, database_server[1].url(), port, 20 if long else 2, promise)


async def test_hundreds_of_kills_of_a_forked_server_lose_and_double_no_acknowledged_write(
    forked_server: ForkedServer,
    database_server: tuple[DisposableServer, Cluster],
    port: int,
    long: bool,
    promise: Promise,
) -> None:
    await _killed_under_load(forked_server, database_server[1].url(), port, 500 if long else 20, promise, "forked ")


async def _killed_under_load(
    server: DisposableServer | ForkedServer, url: str, port: int, kills: int, promise: Promise, kind: str = ""
) -> None:
    async with database(url), working_customers(port) as found:
        seconds = [await seconds_until_served_after(server, signal.SIGKILL, found) for _ in range(kills)]
    lost, doubled = await lost_and_doubled(url, found)

    assert [customer.unexpected_answers for customer in found] == [[]] * CUSTOMER_COUNT
    assert (lost, doubled) == (0, 0)
    acknowledged = sum(customer.filed + customer.approved for customer in found)
    promise(
        f"Acknowledged writes lost or doubled, of {acknowledged} in {kills} kills of a {kind}server", lost + doubled
    )
    promise("Longest time from such a kill until a customer is served again", f"{max(seconds):.1f} s")
    promise("Requests that one key filed, at most, however often it was sent", 1 + doubled)


async def test_kills_of_the_database_under_load_lose_and_double_no_acknowledged_write(
    server: DisposableServer, database_server: tuple[DisposableServer, Cluster], port: int, long: bool, promise: Promise
) -> None:
    kills = 20 if long else 1
    async with database(database_server[1].url()), working_customers(port) as found:
        seconds = [await seconds_until_served_after(database_server[0], signal.SIGQUIT, found) for _ in range(kills)]
    lost, doubled = await lost_and_doubled(database_server[1].url(), found)

    assert [customer.unexpected_answers for customer in found] == [[]] * CUSTOMER_COUNT
    assert (lost, doubled) == (0, 0)
    acknowledged = sum(customer.filed + customer.approved for customer in found)
    promise(f"Acknowledged writes lost or doubled, of {acknowledged} in {kills} crashes of PostgreSQL", lost + doubled)
    promise("Longest time from such a crash until a customer is served again", f"{max(seconds):.1f} s")


async def test_a_server_out_of_file_descriptors_answers_503_and_keeps_running(
    server: DisposableServer, port: int, promise: Promise
) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2 * MAX_OPEN_FILES)]
    refused = await response_to(port, b"GET /healthz HTTP/1.0\r\n\r\n")
    for _, writer in idle:
        writer.close()

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert server.child is not None
    assert server.child.process.returncode is None
    await until(lambda: _is_healthy(port))
    promise(f"Servers that ended because of {2 * MAX_OPEN_FILES} sockets with {MAX_OPEN_FILES} files to open", 0)


async def _is_healthy(port: int) -> bool:
    return b" 200 " in await response_to(port, b"GET /healthz HTTP/1.0\r\n\r\n")
