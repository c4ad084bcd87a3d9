"""The pool serves callers in turn, loses no connection whatever happens to them, and says when it is exhausted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import asyncpg
import pytest
from asyncpg import Connection

from backend.storage import pool as pool_module
from backend.storage.pool import NoConnection, Pool, caller
from backend.storage.tortoise_client import NoResetConnection

Connect = Callable[..., Awaitable[Connection]]


async def pool_of(url: str, size: int, connect: Connect | None = None) -> Pool:
    pool: Pool = await Pool(
        dsn=url, min_size=0, max_size=size, connection_class=NoResetConnection, connect=connect, loop=None
    )
    return pool


@pytest.fixture
async def pool(owner_url: str) -> AsyncIterator[Pool]:
    """Of two connections."""
    pool = await pool_of(owner_url, 2)
    yield pool
    pool.terminate()


async def use(pool: Pool, name: str, served: list[str]) -> None:
    connection = await pool.acquire()
    try:
        served.append(name)
        await connection.fetch("SELECT 1")
    finally:
        await pool.release(connection)


def start(pool: Pool, name: str, served: list[str], by: str | None = None) -> asyncio.Task[None]:
    token = caller.set(by)
    task = asyncio.create_task(use(pool, name, served))
    caller.reset(token)
    return task


async def test_callers_are_served_in_the_order_in_which_they_ask(pool: Pool) -> None:
    served: list[str] = []
    held = [await pool.acquire(), await pool.acquire()]
    callers = [start(pool, name, served) for name in "abcdef"]
    await asyncio.sleep(0)

    for connection in held:
        await pool.release(connection)
    late = start(pool, "late", served)
    await asyncio.gather(*callers, late)

    assert served == [*"abcdef", "late"]


async def test_a_caller_who_asks_for_many_is_served_in_turn_with_the_others(pool: Pool) -> None:
    served: list[str] = []
    held = [await pool.acquire(), await pool.acquire()]
    tasks = [start(pool, f"flood {number}", served, by="flooder") for number in range(5)]
    await asyncio.sleep(0)
    tasks += [start(pool, name, served, by=name) for name in ("ada", "ben")]
    await asyncio.sleep(0)

    for connection in held:
        await pool.release(connection)
    await asyncio.gather(*tasks)

    assert served[:3] == ["flood 0", "ada", "ben"]


async def test_a_caller_has_half_of_the_connections_at_most(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "ACQUIRE_TIMEOUT_S", 0.01)
    pool = await pool_of(owner_url, 4)
    caller.set("flooder")
    held = [await pool.acquire(), await pool.acquire()]

    with pytest.raises(NoConnection):
        await pool.acquire()

    caller.set("ada")
    await use(pool, "ada", [])
    for connection in held:
        await pool.release(connection)
    pool.terminate()


async def test_no_more_are_opened_than_there_may_be(pool: Pool) -> None:
    await asyncio.gather(*(use(pool, str(number), []) for number in range(20)))

    connection = await pool.acquire()
    mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    assert await connection.fetchval(mine) == 2
    await pool.release(connection)


async def test_whoever_waits_too_long_is_refused(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "ACQUIRE_TIMEOUT_S", 0.01)
    held = [await pool.acquire(), await pool.acquire()]

    with pytest.raises(NoConnection):
        await pool.acquire()

    for connection in held:
        await pool.release(connection)
    await use(pool, "again", [])
    assert pool.in_use == 0


async def test_a_connection_for_a_caller_that_has_gone_goes_to_the_next(pool: Pool) -> None:
    served: list[str] = []
    held = [await pool.acquire(), await pool.acquire()]
    gone, waiting = (start(pool, name, served) for name in ("gone", "waiting"))
    await asyncio.sleep(0)

    await pool.release(held[0])  # it is the first caller's now
    gone.cancel()
    await waiting

    assert served == ["waiting"]
    await pool.release(held[1])
    assert pool.in_use == 0


async def test_callers_that_are_cancelled_at_any_moment_take_no_connection_with_them(pool: Pool) -> None:
    for steps in range(12):
        tasks = [start(pool, "x", [], by=str(number % 3)) for number in range(9)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    await asyncio.gather(*(use(pool, "after", []) for _ in range(4)))
    assert pool.in_use == 0
    assert pool.get_idle_size() == pool.get_size()


async def test_a_coroutine_that_is_closed_takes_no_place_in_the_queue_with_it(pool: Pool) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    abandoned = pool.acquire()
    abandoned.send(None)
    abandoned.close()

    for connection in held:
        await pool.release(connection)

    await asyncio.gather(use(pool, "a", []), use(pool, "b", []))
    assert pool.in_use == 0


async def test_a_connection_that_broke_makes_room_for_another(pool: Pool) -> None:
    served: list[str] = []
    held = [await pool.acquire(), await pool.acquire()]
    waiting = start(pool, "waiting", served)
    await asyncio.sleep(0)

    for connection in held:
        connection.terminate()
        await pool.release(connection)
    await waiting
    await asyncio.gather(use(pool, "second", served), use(pool, "third", served))

    assert served[0] == "waiting"


async def test_a_connection_that_broke_while_nobody_had_it_is_not_used_again(pool: Pool) -> None:
    connection = await pool.acquire()
    broken = connection._con
    await pool.release(connection)
    broken.terminate()

    both = [await pool.acquire(), await pool.acquire()]

    assert [await one.fetchval("SELECT 1") for one in both] == [1, 1]
    for one in both:
        await pool.release(one)


async def test_a_server_that_refuses_for_a_while_costs_no_connection(owner_url: str) -> None:
    away = True

    async def connect_unless_away(*arguments: object, **options: object) -> Connection:
        if away:
            raise ConnectionRefusedError
        return await asyncpg.connect(*arguments, **options)

    pool = await pool_of(owner_url, 1, connect_unless_away)
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await pool.acquire()
    away = False

    await use(pool, "again", [])
    assert pool.in_use == 0
    await pool.close()


async def test_a_transaction_that_was_left_open_is_rolled_back(pool: Pool) -> None:
    connection = await pool.acquire()
    await connection.execute("CREATE TABLE note (text text)")
    await connection.execute("BEGIN; INSERT INTO note VALUES ('never')")
    await pool.release(connection)

    connection = await pool.acquire()
    assert await connection.fetch("SELECT * FROM note") == []
    await pool.release(connection)


async def test_a_statement_that_was_cancelled_leaves_a_connection_of_use(pool: Pool) -> None:
    async def sleep() -> None:
        connection = await pool.acquire()
        try:
            await connection.fetch("SELECT pg_sleep(60)")
        finally:
            await pool.release(connection)

    sleeping = asyncio.create_task(sleep())
    other = await pool.acquire()
    while not await other.fetch("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
        pass
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping

    connection = await pool.acquire()
    assert await connection.fetchval("SELECT 1") == 1
    await pool.release(connection)
    await pool.release(other)
    assert pool.in_use == 0


async def test_a_connection_may_be_released_twice(pool: Pool) -> None:
    connection = await pool.acquire()

    await pool.release(connection)
    await pool.release(connection)

    assert pool.in_use == 0
    await asyncio.gather(use(pool, "a", []), use(pool, "b", []), use(pool, "c", []))


async def test_a_pool_says_for_how_long_it_is_exhausted(pool: Pool) -> None:
    one = await pool.acquire()
    assert pool.exhausted_for_s == 0

    other = await pool.acquire()
    await other.fetch("SELECT pg_sleep(0.01)")
    assert pool.exhausted_for_s >= 0.01
    await pool.release(one)

    assert pool.exhausted_for_s == 0
    await pool.release(other)


async def test_nothing_is_had_after_the_end_and_what_is_in_use_is_waited_for(owner_url: str) -> None:
    pool = await pool_of(owner_url, 1)
    held = await pool.acquire()
    waiting = start(pool, "waiting", [])
    await asyncio.sleep(0)

    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0)
    with pytest.raises(asyncpg.InterfaceError):
        await pool.acquire()
    assert await held.fetchval("SELECT 1") == 1
    await pool.release(held)
    await closing

    with pytest.raises(asyncpg.InterfaceError):
        await waiting


async def test_the_end_does_not_wait_for_ever_for_what_nobody_gives_back(
    owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "CLOSE_TIMEOUT_S", 0.01)
    pool = await pool_of(owner_url, 2)
    kept, free = await pool.acquire(), await pool.acquire()
    connections = [kept._con, free._con]
    await pool.release(free)

    await pool.close()

    assert all(connection.is_closed() for connection in connections)
