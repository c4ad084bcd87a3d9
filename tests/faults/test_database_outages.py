"""While the database is unavailable, calls get a 503 with a code and change nothing; afterwards they succeed."""

import asyncio
import signal
from collections.abc import AsyncIterator

import asyncpg
import pytest

from backend.embedded.postgres import RUNTIME, SUPERUSER, Cluster
from backend.settings import settings
from backend.storage import pool, tortoise_client
from backend.storage.database import reading
from backend.storage.migrator import migrate
from tests.desk import Desk
from tests.faults.disposable_servers import DisposableServer, disposable_database
from tests.faults.proxy import Proxy, proxy_before
from tests.running import running_desk
from tests.waiting import until

FILE_MUTATION = """
mutation ($input: DatapointsChangeInput!) {
  requestDatapointsChange(input: $input) { request { id } errors { code } }
}
"""


@pytest.fixture(scope="module")
async def database_server() -> AsyncIterator[tuple[DisposableServer, Cluster]]:
    """A database server of this module."""
    async with disposable_database(durable=True) as (database_server, cluster):
        await migrate(cluster.url(), RUNTIME)
        yield database_server, cluster


@pytest.fixture
async def proxy(database_server: tuple[DisposableServer, Cluster]) -> AsyncIterator[Proxy]:
    """A proxy in front of it."""
    async with proxy_before(database_server[1].sockets / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
async def desk(
    environment: pytest.MonkeyPatch, database_server: tuple[DisposableServer, Cluster], proxy: Proxy
) -> AsyncIterator[Desk]:
    """The desk, connected to the database through the proxy."""
    database = await asyncpg.connect(database_server[1].url(role=SUPERUSER))
    # The audit log, which nothing empties, refuses otherwise.
    await database.execute("SET session_replication_role = replica; TRUNCATE organisation, person, account CASCADE")
    await database.close()
    environment.setenv("DATABASE_URL", f"postgresql://{RUNTIME}@127.0.0.1:{proxy.port}/desk")
    environment.setenv("EMP_DATABASE_CONNECTIONS", "2")
    environment.setattr(pool, "ACQUIRE_TIMEOUT_S", 0.5)
    environment.setattr(tortoise_client, "TIMEOUT_GRACE_S", 0.5)
    settings.cache_clear()
    async with running_desk() as desk:
        yield desk


async def file_request(desk: Desk, account: str, key: str) -> tuple[int, str | None]:
    """File a request. Returns the HTTP status, and the error code if there is one."""
    body = {"query": FILE_MUTATION, "variables": {"input": {"accountId": account, "delta": 5, "clientMutationId": key}}}
    response = await desk.super_admin.client.post("/graphql", json=body)
    errors = response.json().get("errors")
    if errors:
        assert response.headers["retry-after"] == str(errors[0]["extensions"]["retryAfter"])
    return response.status_code, errors[0]["extensions"]["code"] if errors else None


UNAVAILABLE = (503, "UNAVAILABLE")
FILED = (200, None)


async def is_filed(desk: Desk, account: str, key: str) -> bool:
    """Whether the request is filed now."""
    return await file_request(desk, account, key) == FILED


async def test_calls_get_503_while_the_database_is_killed_and_succeed_after_its_restart(
    desk: Desk, database_server: tuple[DisposableServer, Cluster]
) -> None:
    account = await desk.account()

    await database_server[0].kill(signal.SIGQUIT)
    refused = {await file_request(desk, account, "k") for _ in range(6)}
    await database_server[0].start()

    assert refused == {UNAVAILABLE}
    await until(lambda: is_filed(desk, account, "k"), within=10)


async def test_calls_get_503_while_the_database_connection_is_frozen(desk: Desk, proxy: Proxy) -> None:
    account = await desk.account()

    proxy.freeze()
    assert await file_request(desk, account, "k") == UNAVAILABLE
    proxy.thaw()

    await until(lambda: is_filed(desk, account, "k"), within=10)


async def test_a_reset_database_connection_gives_503_or_the_answer(desk: Desk, proxy: Proxy) -> None:
    account = await desk.account()

    for number in range(5):
        filing = asyncio.create_task(file_request(desk, account, f"k-{number}"))
        proxy.cut()
        assert await filing in {UNAVAILABLE, FILED}

    await until(lambda: is_filed(desk, account, "k-0"), within=10)


async def test_calls_get_503_while_all_database_connections_are_in_use(desk: Desk) -> None:
    account = await desk.account()
    pool.caller.set(None)  # one person alone has no more than half of them

    async with reading(), reading():
        assert await file_request(desk, account, "k") == UNAVAILABLE

    assert await file_request(desk, account, "k") == FILED


async def test_writes_get_503_while_the_database_is_read_only(
    desk: Desk, database_server: tuple[DisposableServer, Cluster]
) -> None:
    account = await desk.account()
    operator = await asyncpg.connect(database_server[1].url("postgres", SUPERUSER))

    for read_only, expected in (("on", UNAVAILABLE), ("off", FILED)):
        await operator.execute(f"ALTER DATABASE desk SET default_transaction_read_only = {read_only}")
        await operator.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'desk'")
        await until(lambda: _can_read(desk), within=10)
        assert await file_request(desk, account, "k") == expected
    await operator.close()


async def test_writes_get_503_when_a_row_lock_times_out(
    desk: Desk, database_server: tuple[DisposableServer, Cluster]
) -> None:
    account = await desk.account()
    somebody = await asyncpg.connect(database_server[1].url())
    holding = somebody.transaction()
    await holding.start()
    await somebody.execute("SELECT 1 FROM account FOR UPDATE")

    assert await file_request(desk, account, "k") == UNAVAILABLE

    await holding.rollback()
    await somebody.close()
    assert await file_request(desk, account, "k") == FILED


async def _can_read(desk: Desk) -> bool:
    response = await desk.super_admin.client.post("/graphql", json={"query": "{ viewer { id } }"})
    return response.status_code == 200
