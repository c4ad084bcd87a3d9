"""``/readyz`` says whether this process can serve; anybody may ask as often as they like, and it looks seldom."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg
import httpx2
import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from backend import clock
from backend.settings import settings
from backend.storage import pool as pool_module
from backend.storage import transient_errors
from backend.storage.database import fetch, reading
from backend.storage.pool import caller
from backend.web.health import SERVES_FOR
from backend.web.limits import UnexpectedErrors
from tests.desk import Desk
from tests.owner import by_owner
from tests.statements import each_statement
from tests.waiting import until


async def asks(desk: Desk, number: int) -> tuple[list[httpx2.Response], int]:
    """So many answers to as many at once, and how many statements they took."""
    client, done = desk.stranger().client, list[str]()
    with each_statement(done.append):
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(number)))
    return answers, len(done)


async def test_an_answer_serves_for_two_seconds_and_for_all_who_ask_meanwhile(desk: Desk) -> None:
    one, of_one = await asks(desk, 1)
    clock.advance(SERVES_FOR)

    many, of_many = await asks(desk, 50)
    later, of_later = await asks(desk, 50)
    clock.advance(SERVES_FOR)
    anew, of_anew = await asks(desk, 1)

    assert of_many == of_anew == of_one > 0
    assert of_later == 0
    assert {answer.text for answer in (*many, *later, *anew)} == {one[0].text}
    assert SERVES_FOR.total_seconds() == 2


async def test_an_answer_does_not_serve_for_longer_when_the_clock_is_set_back(desk: Desk) -> None:
    _, of_one = await asks(desk, 1)
    clock.advance(-SERVES_FOR)

    assert (await asks(desk, 1))[1] == of_one


async def test_what_goes_wrong_is_said_by_the_next_answer(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    (before,), _ = await asks(desk, 1)
    assert before.json()["database"] == "ok"

    async def fails(sql: str, *values: object) -> None:
        raise OSError("it is gone")

    environment.setattr("backend.web.health.fetch", fails)
    clock.advance(SERVES_FOR)
    (after,), _ = await asks(desk, 1)

    assert (after.status_code, after.json()["database"]) == (503, "does not answer")


async def test_a_database_that_takes_no_writes_is_not_ready(desk: Desk) -> None:
    await let_writes(allowed=False)
    (red,), _ = await asks(desk, 1)

    await let_writes(allowed=True)
    clock.advance(SERVES_FOR)
    (green,), _ = await asks(desk, 1)

    assert (red.status_code, red.json()["database"]) == (503, "takes no writes")
    assert (green.status_code, green.json()["ready"]) == (200, True)


async def test_writes_that_users_were_refused_turn_it_red_though_a_small_one_may_go(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    environment.setattr(transient_errors, "WRITES_REFUSED_FOR_S", 0.5)
    environment.setattr(transient_errors.write_refusals, "_last_at", None)
    transient_errors.write_refusals.record(RuntimeError("a wrapper"))
    (before,), _ = await asks(desk, 1)

    try:
        raise RuntimeError("a wrapper") from asyncpg.DiskFullError("no room")
    except RuntimeError as error:
        transient_errors.write_refusals.record(error)
    clock.advance(SERVES_FOR)
    (red,), _ = await asks(desk, 1)
    await until(lambda: not transient_errors.write_refusals.is_recent)
    clock.advance(SERVES_FOR)
    (green,), _ = await asks(desk, 1)

    assert [answer.status_code for answer in (before, red, green)] == [200, 503, 200]
    assert red.json()["database"] == "takes no writes"


async def test_a_migration_that_is_missing_is_not_ready_and_without_the_database_nobody_counts_them(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    await by_owner("DELETE FROM tortoise_migrations WHERE id = (SELECT max(id) FROM tortoise_migrations)")
    (behind,), _ = await asks(desk, 1)

    async def fails(sql: str, *values: object) -> None:
        raise OSError("it is gone")

    environment.setattr("backend.web.health.fetch", fails)
    clock.advance(SERVES_FOR)
    (away,), _ = await asks(desk, 1)

    assert (behind.status_code, behind.json()["migrations"]) == (503, "1 missing")
    assert (away.status_code, away.json()["migrations"]) == (503, "not known without the database")


async def test_what_others_need_takes_no_server_out_of_a_balancer_and_operators_see_it(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    client, token = desk.stranger().client, {"authorization": "Bearer a token of tests"}
    assert (await client.get("/healthz/detail")).status_code == 404
    environment.setenv("EMP_METRICS_TOKEN", "a token of tests")
    settings.cache_clear()

    async def away() -> None:
        raise OSError("it is gone")

    environment.setattr("redis.asyncio.Redis.ping", lambda redis: away())
    (ready,), _ = await asks(desk, 1)
    detail = await client.get("/healthz/detail", headers=token)
    figures = (await client.get("/metrics", headers=token)).text

    assert (await client.get("/healthz/detail")).status_code == 401
    assert (ready.status_code, set(ready.json())) == (200, {"ready", "database", "migrations"})
    assert detail.status_code == 503
    assert detail.json() == {
        "well": False,
        "database": "ok",
        "migrations": "ok",
        "queue": "does not answer",
        "worker": "nothing was planned yet",
        "mail": "ok",
    }
    assert 'desk_part_up{part="queue"} 0.0' in figures
    assert 'desk_part_up{part="worker"} 0.0' in figures
    assert 'desk_part_up{part="database"} 1.0' in figures


async def let_writes(*, allowed: bool) -> None:
    """Say whether the database takes writes, and let every connection to it be made anew."""
    owner = await asyncpg.connect(settings().owner_url, server_settings={"default_transaction_read_only": "off"})
    name = await owner.fetchval("SELECT quote_ident(current_database())")
    await owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {not allowed}")
    await owner.close()
    server = await asyncpg.connect(settings().database_url)
    await server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
        " AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    await server.close()
    await until(is_connected_anew)


async def is_connected_anew() -> bool:
    """Whether the pool has noticed that its connections have ended."""
    try:
        await fetch("SELECT 1")
    except transient_errors.TRANSIENT_ERRORS:
        return False
    return True


async def test_a_pool_that_is_merely_busy_is_ready(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setattr(pool_module, "ACQUIRE_TIMEOUT_S", 0.05)
    caller.set(None)
    async with AsyncExitStack() as held:
        for _ in range(settings().database_connections):
            await held.enter_async_context(reading())
        (busy,), _ = await asks(desk, 1)

    assert (busy.status_code, busy.json()["ready"]) == (200, True)


async def test_what_is_wrong_is_logged_once_however_often_it_is_found(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    async def fails(sql: str, *values: object) -> None:
        raise OSError("it is gone")

    with capture_logs() as lines:
        with environment.context() as broken:
            broken.setattr("backend.web.health.fetch", fails)
            for _ in range(3):
                assert (await asks(desk, 1))[0][0].status_code == 503
                clock.advance(SERVES_FOR)
        for _ in range(2):
            assert (await asks(desk, 1))[0][0].status_code == 200
            clock.advance(SERVES_FOR)

    told = [(line["log_level"], line["event"]) for line in lines if line.get("part") == "database"]
    assert told == [("warning", "a part is in trouble"), ("info", "a part is well again")]


async def test_a_write_that_any_request_was_refused_counts(environment: pytest.MonkeyPatch) -> None:
    async def writes(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncpg.DiskFullError("no room")

    environment.setattr(transient_errors.write_refusals, "_last_at", None)
    transport = httpx2.ASGITransport(app=UnexpectedErrors(writes))
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.example") as client:
        answer = await client.get("/management/clients.csv")
    was_noted = transient_errors.write_refusals.is_recent
    environment.setattr(transient_errors.write_refusals, "_last_at", None)

    assert (answer.status_code, was_noted) == (503, True)
