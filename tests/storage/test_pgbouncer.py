"""Behind PgBouncer the desk works as without it: its timeouts hold, and no lock stays with a connection."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from backend import postgres_url
from backend.backups import back_up
from backend.embedded.databases import database_name
from backend.embedded.postgres import RUNTIME
from backend.settings import WrongSettings, settings
from backend.startup import check_database
from backend.storage.connecting import advisory_lock, connect
from backend.storage.database import database, fetch
from backend.storage.migrator import migrate
from backend.storage.role_defaults import keep_settings, lost_timeouts
from backend.storage.tortoise_client import OF_JOBS, OF_REQUESTS, server_settings
from tests.command_line import emp
from tests.networked import pgbouncer, pooler
from tests.owner import by_owner
from tests.running import running_desk
from tests.servers import open_folder
from tests.waiting import until

IGNORED = (
    "ignore_startup_parameters = "
    "statement_timeout,lock_timeout,idle_in_transaction_session_timeout,jit,random_page_cost,extra_float_digits"
)

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"

SHOWN = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit", "random_page_cost")

APPROVE = """
mutation ($id: ID!, $seen: String!) {
  approveRequest(input: {id: $id, previewVersion: $seen}) { errors { code } }
}
"""


def keeps_prepared_statements() -> bool:
    """Whether this PgBouncer can in transactions' pooling."""
    said = subprocess.run([pgbouncer(), "--version"], capture_output=True, text=True, check=True).stdout
    major, minor, *_ = said.split()[1].split(".")
    return (int(major), int(minor)) >= (1, 21)


@asynccontextmanager
async def behind(environment: pytest.MonkeyPatch, mode: str, *chosen: str) -> AsyncIterator[None]:
    """A pooler between those who serve and the test's database."""
    direct = postgres_url.read(settings().owner_url)
    ((host, port), *_) = direct.addresses
    more = ["max_prepared_statements = 200"] if mode == "transaction" and keeps_prepared_statements() else []
    with open_folder() as folder:
        server = f"host={host} port={port} user={RUNTIME}"
        size = f"default_pool_size = {20 if mode == 'session' else 4}"
        async with pooler(folder / "pgbouncer", server, mode, size, *chosen, *more) as pooled:
            environment.setenv("DATABASE_URL", f"postgresql://{RUNTIME}@127.0.0.1:{pooled}/{direct.database}")
            if mode == "transaction" and not more:
                environment.setenv("EMP_DATABASE_PREPARED_STATEMENTS", "false")
            settings.cache_clear()
            yield


@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_a_desk_works_and_its_timeouts_hold(environment: pytest.MonkeyPatch, mode: str) -> None:
    async with behind(environment, mode, IGNORED):
        await keep_settings(settings().database_url)
        assert await by_owner("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'") == []
    # A connection that the pooler had before keeps what it had.
    async with behind(environment, mode, IGNORED), running_desk() as desk:
        account = await desk.account(datapoints=100)
        filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
        assert (await desk.customer_success.approves(filed.id)).errors == []
        assert (await desk.sees(account))["datapoints"] == 110
        shown = [(await fetch(f"SHOW {name}"))[0][name] for name in SHOWN]
        assert shown == ["5s", "3s", "10s", "off", "1.1"]
        assert await lost_timeouts(OF_REQUESTS) == {}

        later = await desk.super_admin.files("datapoints", accountId=account, delta=20)
        assert later.request is not None
        somebody = await connect(settings().owner_url)
        async with somebody.transaction():
            await somebody.execute("SELECT 1 FROM account FOR UPDATE")
            version = later.request["preview"]["version"]
            waiting = await desk.customer_success.asks(APPROVE, id=later.id, seen=version)
        await somebody.close()

        assert (waiting.code, waiting.status) == ("UNAVAILABLE", 503)
        assert (await desk.customer_success.approves(later.id)).errors == []
        shown_at_once = await asyncio.gather(*(desk.sees(account) for _ in range(20)))
        assert {seen["datapoints"] for seen in shown_at_once} == {130}


def test_the_settings_of_the_page_are_those_that_a_session_asks_for() -> None:
    asked = server_settings(OF_REQUESTS).keys() - {"application_name"}  # which PgBouncer knows

    assert f"    {IGNORED}\n" in OPERATIONS.read_text(encoding="utf-8")
    assert asked <= set(IGNORED.removeprefix("ignore_startup_parameters = ").split(","))


async def test_timeouts_that_are_lost_are_in_the_log(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with behind(environment, "transaction", IGNORED):
        async with running_desk(signed_in=False):
            pass
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "other timeouts" in line]
        assert [line["lock_timeout"] for line in lines] == ["0 ms"]

        await keep_settings(settings().database_url)
    # A connection that the pooler had before keeps what it had.
    async with behind(environment, "transaction", IGNORED):
        async with running_desk(signed_in=False):
            pass
        assert "other timeouts" not in capsys.readouterr().err
        async with database(settings().database_url, OF_JOBS):
            assert await lost_timeouts(OF_JOBS) == {
                "statement_timeout": "5000 ms",
                "lock_timeout": "3000 ms",
                "idle_in_transaction_session_timeout": "10000 ms",
            }


async def test_a_pooler_that_does_not_ignore_settings_is_said_before_anything_starts(
    environment: pytest.MonkeyPatch,
) -> None:
    async with behind(environment, "session"):
        with pytest.raises(WrongSettings, match=r"DATABASE_URL: .*unsupported startup parameter"):
            await check_database()


async def test_migrations_and_backups_take_the_direct_way_alone(
    environment: pytest.MonkeyPatch, owner_url: str, tmp_path: Path
) -> None:
    async with behind(environment, "session", IGNORED):
        code, said, _ = await emp("migrate")
        assert code == 0, said
        pooled = settings().database_url
        for work in (migrate(pooled), back_up(pooled, tmp_path / "backup", lambda table: None)):
            with pytest.raises(WrongSettings, match=r"DATABASE_OWNER_URL: .* a pooler"):
                await work
        environment.delenv("DATABASE_OWNER_URL")
        settings.cache_clear()
        code, _, why = await emp("migrate")
        assert code == 2
        assert why.startswith("DATABASE_OWNER_URL: ")
        assert why.count("\n") == 1


async def test_migrating_makes_the_settings_the_roles_own_in_this_database_alone(
    environment: pytest.MonkeyPatch, owner_url: str
) -> None:
    code, said, _ = await emp("migrate")
    assert code == 0, said

    here = await asyncpg.connect(settings().database_url)
    assert [await here.fetchval(f"SHOW {name}") for name in SHOWN] == ["5s", "3s", "10s", "off", "1.1"]
    await here.close()
    kept = await by_owner("SELECT datname FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase")
    assert database_name(owner_url) in {row["datname"] for row in kept}


async def test_a_process_that_is_killed_while_it_migrates_leaves_no_lock(owner_url: str, environment: None) -> None:
    held = "SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND datname = $1"

    async def nobody_holds_one() -> bool:
        return not await by_owner(held, database_name(owner_url))

    holding = advisory_lock(owner_url, 1, {}, wait_s=0)
    connection = await holding.__aenter__()
    assert not await nobody_holds_one()

    connection.terminate()

    await until(nobody_holds_one)
