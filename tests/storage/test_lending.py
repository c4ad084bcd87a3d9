"""Connections are lent in the order in which they are asked for, and none is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from asyncpg import Connection

from backend.embedded.databases import plain
from backend.storage import lending
from backend.storage.lending import Lender, NoConnection
from backend.storage.pool import QuietConnection

Connect = Callable[[], Awaitable[Connection]]


@pytest.fixture
def connect(database_url: str) -> Connect:
    """Opens a connection to the test's database."""
    return lambda: asyncpg.connect(plain(database_url), connection_class=QuietConnection)


@pytest.fixture
async def lender(connect: Connect) -> AsyncIterator[Lender]:
    """Of two connections."""
    lender = Lender(connect, 2)
    yield lender
    lender.terminate()


async def ask(lender: Lender, name: str, told: list[str]) -> None:
    connection = await lender.acquire()
    told.append(name)
    await connection.fetch("SELECT 1")
    await lender.release(connection)


async def test_callers_are_served_in_the_order_in_which_they_ask(lender: Lender) -> None:
    told: list[str] = []
    held = [await lender.acquire(), await lender.acquire()]
    callers = [asyncio.create_task(ask(lender, name, told)) for name in "abcdef"]
    await asyncio.sleep(0)

    for connection in held:
        await lender.release(connection)
    late = asyncio.create_task(ask(lender, "late", told))
    await asyncio.gather(*callers, late)

    assert told == [*"abcdef", "late"]


async def test_no_more_are_opened_than_there_may_be(database_url: str, lender: Lender) -> None:
    told: list[str] = []
    await asyncio.gather(*(ask(lender, str(number), told) for number in range(20)))

    connection = await lender.acquire()
    mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    assert await connection.fetchval(mine) == 2
    await lender.release(connection)


async def test_whoever_waits_too_long_is_told_so(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "LENT_WITHIN", 0.01)
    held = [await lender.acquire(), await lender.acquire()]

    with pytest.raises(NoConnection):
        await lender.acquire()

    for connection in held:
        await lender.release(connection)
    await lender.release(await lender.acquire())


async def test_a_connection_for_a_caller_that_has_gone_goes_to_the_next(lender: Lender) -> None:
    told: list[str] = []
    held = [await lender.acquire(), await lender.acquire()]
    gone, waiting = (asyncio.create_task(ask(lender, name, told)) for name in ("gone", "waiting"))
    await asyncio.sleep(0)

    await lender.release(held[0])  # it is the first caller's now
    gone.cancel()
    await waiting

    assert told == ["waiting"]
    await lender.release(held[1])


async def test_a_connection_that_broke_makes_room_for_another(lender: Lender) -> None:
    told: list[str] = []
    held = [await lender.acquire(), await lender.acquire()]
    waiting = asyncio.create_task(ask(lender, "waiting", told))
    await asyncio.sleep(0)

    for connection in held:
        connection.terminate()
        await lender.release(connection)
    await waiting
    await asyncio.gather(ask(lender, "second", told), ask(lender, "third", told))

    assert told[0] == "waiting"


async def test_a_connection_that_broke_while_nobody_had_it_is_not_lent_again(lender: Lender) -> None:
    connection = await lender.acquire()
    await lender.release(connection)
    connection.terminate()

    both = [await lender.acquire(), await lender.acquire()]

    assert [await one.fetchval("SELECT 1") for one in both] == [1, 1]
    assert connection not in both


async def test_a_connection_that_broke_on_its_way_to_who_waited_is_not_lent(lender: Lender) -> None:
    held = [await lender.acquire(), await lender.acquire()]
    waiting = asyncio.create_task(lender.acquire())
    await asyncio.sleep(0)

    await lender.release(held[0])
    held[0].terminate()

    assert await (await waiting).fetchval("SELECT 1") == 1


async def test_a_server_that_refuses_for_a_while_costs_no_place(connect: Connect) -> None:
    away = True

    async def connect_unless_away() -> Connection:
        if away:
            raise ConnectionRefusedError
        return await connect()

    lender = Lender(connect_unless_away, 1)
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await lender.acquire()
    away = False

    await ask(lender, "again", [])
    await lender.close()


async def test_a_transaction_that_was_left_open_is_rolled_back(lender: Lender) -> None:
    connection = await lender.acquire()
    await connection.execute("CREATE TABLE note (text text)")
    await connection.execute("BEGIN; INSERT INTO note VALUES ('never')")
    await lender.release(connection)

    assert await connection.fetch("SELECT * FROM note") == []


async def test_a_statement_that_was_cancelled_leaves_a_connection_of_use(lender: Lender) -> None:
    async def sleep() -> None:
        connection = await lender.acquire()
        try:
            await connection.fetch("SELECT pg_sleep(60)")
        finally:
            await lender.release(connection)

    sleeping = asyncio.create_task(sleep())
    other = await lender.acquire()
    while not await other.fetch("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
        pass
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping

    assert await (await lender.acquire()).fetchval("SELECT 1") == 1


async def test_nothing_is_lent_after_the_end_and_what_is_lent_is_waited_for(connect: Connect) -> None:
    lender = Lender(connect, 1)
    held = await lender.acquire()
    told: list[str] = []
    waiting = asyncio.create_task(ask(lender, "waiting", told))
    await asyncio.sleep(0)

    closing = asyncio.create_task(lender.close())
    await asyncio.sleep(0)
    with pytest.raises(NoConnection):
        await waiting
    with pytest.raises(NoConnection):
        await lender.acquire()
    assert await held.fetchval("SELECT 1") == 1
    await lender.release(held)
    await closing

    assert held.is_closed()


async def test_the_end_does_not_wait_for_ever_for_what_nobody_gives_back(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lending, "BACK_WITHIN", 0.01)
    lender = Lender(connect, 2)
    kept, free = await lender.acquire(), await lender.acquire()
    await lender.release(free)

    await lender.close()

    assert kept.is_closed()
    assert free.is_closed()
