"""The role that serves reads and writes rows, removes those that need not be kept, and can do nothing else."""

import asyncpg
import pytest

from backend.embedded.postgres import RUNTIME
from backend.settings import settings
from backend.storage.migrator import migrate
from backend.storage.privileges import APPEND_ONLY, REMOVABLE
from tests.command_line import emp
from tests.desk import Desk
from tests.owner import by_owner
from tests.running import running_desk

REFUSED = {
    "a program of the machine": "COPY (SELECT 1) TO PROGRAM 'true'",
    "a file of the machine": "COPY person TO '/tmp/people'",
    "triggers off": "SET session_replication_role = replica",
    "one trigger off": "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_is_append_only",
    "an empty audit log": "DELETE FROM audit_entry",
    "another audit log": "UPDATE audit_entry SET act = 'X'",
    "no audit log": "TRUNCATE audit_entry",
    "no timeline": "DELETE FROM timeline_event",
    "no requests": "DELETE FROM change_request",
    "no accounts": "DELETE FROM account",
    "no people": "DELETE FROM person",
    "no sessions at once": "TRUNCATE session CASCADE",
    "a new table": "CREATE TABLE mine (id int)",
    "a new schema": "CREATE SCHEMA mine",
    "a new column": "ALTER TABLE account ADD COLUMN mine int",
    "no table": "DROP TABLE mail",
    "another history": "DELETE FROM tortoise_migrations",
    "the owner's role": "SET ROLE desk_owner",
}


@pytest.mark.parametrize("statement", REFUSED)
async def test_the_role_that_serves_is_refused(database_url: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(REFUSED[statement])
    finally:
        await connection.close()


async def test_a_migrated_database_lets_it_make_no_temporary_table(owner_url: str, database_url: str) -> None:
    await migrate(owner_url, RUNTIME)  # a copy of a database has not got the grants of the database itself
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TEMPORARY TABLE mine (id int)")
    finally:
        await connection.close()


async def test_it_may_remove_what_need_not_be_kept_and_nothing_else(connected: None) -> None:
    found = await by_owner(
        "SELECT relname, has_table_privilege($1, oid, 'DELETE') AS removes, has_table_privilege($1, oid, 'UPDATE') AS"
        " updates, has_table_privilege($1, oid, 'TRUNCATE, REFERENCES, TRIGGER') AS more"
        " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
        RUNTIME,
    )

    assert {row["relname"] for row in found if row["removes"]} == REMOVABLE
    assert {row["relname"] for row in found if not row["updates"]} == APPEND_ONLY | {"tortoise_migrations"}
    assert not [row["relname"] for row in found if row["more"]]


async def test_a_desk_of_one_role_still_serves_and_says_so_in_its_logs(
    environment: pytest.MonkeyPatch, owner_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("DATABASE_URL", owner_url)
    environment.delenv("DATABASE_OWNER_URL")
    settings.cache_clear()

    async with running_desk() as desk:
        assert (await desk.super_admin.asks("{ viewer { name } }")).data["viewer"]["name"] == "Ada"

    assert "this process owns the tables it serves" in capsys.readouterr().err


async def test_a_desk_of_two_roles_has_nothing_to_say(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert "owns the tables" not in capsys.readouterr().err


async def test_a_role_that_is_missing_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_DATABASE_RUNTIME_ROLE", "nobody_of_that_name")

    code, _, said = await emp("migrate")

    assert code == 1
    assert said == "There is no role nobody_of_that_name: create it, or set EMP_DATABASE_RUNTIME_ROLE.\n"
