"""A backup holds everything, and comes back as a whole or not at all."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backend import backups, failpoints
from backend.backups import BackupFailed, back_up, restore
from backend.embedded.databases import database_name, with_database
from backend.embedded.postgres import RUNTIME
from backend.settings import settings
from backend.storage.postgres_programs import find_programs
from tests.desk import Desk
from tests.running import running_desk

CONTENTS = """
SELECT (SELECT array_agg(to_jsonb(a) ORDER BY id) FROM account a) AS accounts,
       (SELECT array_agg(to_jsonb(r) ORDER BY id) FROM change_request r) AS requests,
       (SELECT array_agg(to_jsonb(t) ORDER BY id) FROM timeline_event t) AS timeline,
       (SELECT array_agg(to_jsonb(m) ORDER BY id) FROM mail m) AS mails,
       (SELECT array_agg(to_jsonb(p) ORDER BY id) FROM person p) AS people
"""


WHAT_STANDS = """
SELECT (SELECT array_agg(extname::text) FROM pg_extension) AS extensions,
       (SELECT array_agg(indexname::text) FROM pg_indexes WHERE schemaname = 'public') AS indexes,
       (SELECT array_agg(format('%s %s', conrelid::regclass, conname)) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid <> 0) AS constraints,
       (SELECT array_agg(format('%s %s %s', tgrelid::regclass, tgname, tgenabled)) FROM pg_trigger
         WHERE NOT tgisinternal) AS triggers,
       (SELECT array_agg(oid::regprocedure::text) FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace) AS functions,
       (SELECT array_agg(format('%s %s', c.oid::regclass, c.relacl)) FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relacl IS NOT NULL) AS grants,
       (SELECT array_agg(nspname::text) FROM pg_namespace WHERE nspname !~ '^pg_') AS schemas
"""

STEPS = (
    "set aside",
    "replayed",
    "loaded",
    "migrated",
    "signed out",
    "compared",
    "cleared",
    "moved",
    "put in place",
)
"""Of a restore, in their order; before the last, the database is as it was."""

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from backend import failpoints
from backend.backups import restore

url, file, step = sys.argv[1:]
failpoints.arm(lambda point: point == "restore: " + step and os.kill(os.getpid(), signal.SIGKILL))
asyncio.run(restore(url, Path(file), lambda table: None, replace=True))
"""


def quietly(table: str) -> None:
    """Nobody watches the progress."""


async def rows(url: str, sql: str) -> list[dict[str, Any]]:
    """What a database answers, past the application."""
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def what_stands(url: str) -> dict[str, list[str]]:
    """What a database has besides its rows."""
    (found,) = await rows(url, WHAT_STANDS)
    return {kind: sorted(names) for kind, names in found.items()}


async def contents(url: str) -> object:
    """What a database holds of everything that matters."""
    return await rows(url, CONTENTS)


async def emp(*arguments: str, url: str) -> tuple[int, str]:
    """Run the command: its exit code, and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli.main", *arguments),
        env=os.environ | {"DATABASE_OWNER_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def killed_restore(url: str, file: Path, step: str) -> int | None:
    """A restore in a process of its own that ends without a word when it comes to a step: how it ended."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, url, str(file), step)
    await process.communicate()
    return process.returncode


@pytest.fixture
async def busy_desk(desk: Desk) -> Desk:
    """A desk with an account, a request that was approved and one that waits."""
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
    await desk.customer_success.approves(filed.id)
    await desk.super_admin.files("renewal", accountId=account)
    return desk


async def test_the_command_brings_everything_back_in_another_database(
    busy_desk: Desk, empty_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "desk.backup"

    written = await emp("backup", str(file), url=settings().owner_url)
    restored = await emp("restore", str(file), url=empty_database_url)

    assert (written[0], restored[0]) == (0, 0), (written, restored)
    assert await contents(empty_database_url) == await contents(settings().owner_url)


@pytest.fixture
async def restored_url(busy_desk: Desk, empty_database_url: str, tmp_path: Path) -> str:
    """A database that was empty, into which the busy desk's backup was restored."""
    await back_up(settings().owner_url, tmp_path / "desk.backup", quietly)
    await restore(empty_database_url, tmp_path / "desk.backup", quietly, runtime_role=RUNTIME)
    return empty_database_url


async def test_the_owner_of_an_empty_database_restores_everything_that_stood(restored_url: str) -> None:
    role = await rows(restored_url, "SELECT rolsuper OR rolcreatedb AS mighty FROM pg_roles WHERE rolname = user")

    assert role == [{"mighty": False}]
    assert await what_stands(restored_url) == await what_stands(settings().owner_url)


async def test_what_is_replaced_loses_nothing_that_stood(busy_desk: Desk, owner_url: str, tmp_path: Path) -> None:
    before = await what_stands(owner_url)
    await back_up(owner_url, tmp_path / "desk.backup", quietly)

    for _ in range(2):
        await restore(owner_url, tmp_path / "desk.backup", quietly, replace=True, runtime_role=RUNTIME)

    assert await what_stands(owner_url) == before
    assert {"btree_gin", "pg_trgm"} <= set(before["extensions"])
    assert "account_search_in_organisation" in before["indexes"]


async def test_what_was_restored_is_served_and_kept_as_before(busy_desk: Desk, owner_url: str, tmp_path: Path) -> None:
    account = await busy_desk.account()
    await back_up(owner_url, tmp_path / "desk.backup", quietly)

    await restore(owner_url, tmp_path / "desk.backup", quietly, replace=True, runtime_role=RUNTIME)

    async with running_desk(signed_in=False) as again:
        ada = await again.stranger(busy_desk.super_admin.user).signs_in()
        filed = await ada.files("licence", accountId=account, licence="OPTIMISE")
    assert filed.errors == []
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await rows(owner_url, "DELETE FROM audit_entry")


@pytest.mark.parametrize("step", STEPS)
async def test_a_restore_that_is_killed_leaves_the_old_data_or_the_new_and_the_next_one_works(
    busy_desk: Desk, owner_url: str, tmp_path: Path, step: str
) -> None:
    file, stood = tmp_path / "desk.backup", await what_stands(owner_url)
    await back_up(owner_url, file, quietly)
    new = await contents(owner_url)
    await busy_desk.super_admin.files("licence", accountId=await busy_desk.account(), licence="OPTIMISE")
    old = await contents(owner_url)

    assert await killed_restore(owner_url, file, step) == -signal.SIGKILL
    left = await contents(owner_url)
    await restore(owner_url, file, quietly, replace=True, runtime_role=RUNTIME)

    assert left == (new if step == STEPS[-1] else old)
    assert await contents(owner_url) == new
    assert await what_stands(owner_url) == stood


async def test_a_restore_passes_every_step_at_which_it_is_killed_above(
    busy_desk: Desk, owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[str] = []
    monkeypatch.setattr(failpoints, "_armed", passed.append)
    await back_up(owner_url, tmp_path / "desk.backup", quietly)

    await restore(owner_url, tmp_path / "desk.backup", quietly, replace=True)

    assert passed == [f"restore: {step}" for step in STEPS]


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("DROP INDEX account_search_in_organisation", "account_search_in_organisation"),
        ("ALTER TABLE mail DROP CONSTRAINT mail_state_is_known", "mail_state_is_known"),
        ("DROP TRIGGER audit_entry_is_append_only ON audit_entry", "audit_entry_is_append_only"),
        ("ALTER TABLE audit_entry DISABLE TRIGGER USER", "trigger O CREATE TRIGGER audit_entry_is_append_only"),
        ("ALTER TABLE account ALTER version DROP NOT NULL", "account version"),
    ],
)
async def test_a_backup_that_lacks_what_this_version_has_is_refused_and_changes_nothing(
    busy_desk: Desk, owner_url: str, empty_database_url: str, tmp_path: Path, lost: str, named: str
) -> None:
    await rows(owner_url, lost)
    await back_up(owner_url, tmp_path / "desk.backup", quietly)

    with pytest.raises(BackupFailed, match=named):
        await restore(empty_database_url, tmp_path / "desk.backup", quietly)

    assert await rows(empty_database_url, "SELECT 1 FROM pg_tables WHERE schemaname !~ '^(pg_|information)'") == []


async def test_what_somebody_else_has_built_on_the_desks_tables_is_not_dropped(
    busy_desk: Desk, owner_url: str, tmp_path: Path
) -> None:
    await back_up(owner_url, tmp_path / "desk.backup", quietly)
    await rows(owner_url, "CREATE SCHEMA reports")
    await rows(owner_url, "CREATE VIEW reports.accounts AS SELECT name FROM public.account")
    before = await contents(owner_url)

    with pytest.raises(BackupFailed, match="other objects depend on"):
        await restore(owner_url, tmp_path / "desk.backup", quietly, replace=True)

    assert await contents(owner_url) == before
    assert len(await rows(owner_url, "SELECT name FROM reports.accounts")) == 1


async def test_a_dump_of_everything_by_a_superuser_is_restored_too(
    busy_desk: Desk, postgres_url: str, owner_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    file, programs = tmp_path / "desk.backup", find_programs(("pg_dump",))
    assert programs
    as_superuser = with_database(postgres_url, database_name(owner_url))
    dumped = await asyncio.create_subprocess_exec(
        programs / "pg_dump", "--format=custom", f"--file={file}", f"--dbname={as_superuser}"
    )
    assert await dumped.wait() == 0

    await restore(empty_database_url, file, quietly, runtime_role=RUNTIME)

    assert await contents(empty_database_url) == await contents(owner_url)
    assert await what_stands(empty_database_url) == await what_stands(owner_url)


async def test_a_backup_is_its_users_alone_also_over_one_that_was_not(busy_desk: Desk, tmp_path: Path) -> None:
    file, unfinished = tmp_path / "desk.backup", tmp_path / "desk.backup.unfinished"
    for left in (file, unfinished):
        left.write_bytes(b"of before")
        left.chmod(0o644)
    modes = set[int]()

    await back_up(settings().owner_url, file, lambda table: modes.add(unfinished.stat().st_mode & 0o777))

    assert (modes, file.stat().st_mode & 0o777) == ({0o600}, 0o600)
    assert os.listdir(tmp_path) == ["desk.backup"]


async def test_the_command_says_why_it_does_not_restore(busy_desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    await back_up(settings().owner_url, file, quietly)
    before = await contents(settings().owner_url)

    code, said = await emp("restore", str(file), url=settings().owner_url)

    assert code == 1
    assert "The database holds data" in said
    assert await contents(settings().owner_url) == before


async def test_what_was_done_after_the_backup_is_gone_and_everybody_signs_in_anew(
    busy_desk: Desk, owner_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "desk.backup"
    await back_up(owner_url, file, quietly)
    before = await contents(owner_url)
    await busy_desk.super_admin.files("licence", accountId=await busy_desk.account(), licence="OPTIMISE")
    assert await contents(owner_url) != before

    await restore(owner_url, file, quietly, replace=True)

    assert await contents(owner_url) == before
    assert await rows(owner_url, "SELECT 1 FROM session WHERE ended_at IS NULL") == []


async def test_a_restore_is_in_the_audit_log(busy_desk: Desk, owner_url: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    await back_up(owner_url, file, quietly)

    await restore(owner_url, file, quietly, replace=True)

    written = await rows(owner_url, "SELECT subject FROM audit_entry WHERE act = 'BACKUP_RESTORED'")
    assert [row["subject"] for row in written] == ["desk.backup"]


async def test_a_damaged_backup_leaves_the_database_as_it_was(busy_desk: Desk, tmp_path: Path) -> None:
    url, whole, half, nothing = settings().owner_url, *(tmp_path / name for name in ("whole", "half", "nothing"))
    await back_up(url, whole, quietly)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size * 9 // 10])
    nothing.write_bytes(b"nothing")
    before = await contents(url)

    for damaged in (half, nothing):
        with pytest.raises(BackupFailed):
            await restore(url, damaged, quietly, replace=True)

    assert await contents(url) == before
    await restore(url, whole, quietly, replace=True)


async def test_a_backup_of_the_version_before_is_brought_to_this_one(busy_desk: Desk, tmp_path: Path) -> None:
    url, file = settings().owner_url, tmp_path / "old"
    await rows(url, "DROP TABLE recent_count")
    await rows(url, "DELETE FROM tortoise_migrations WHERE name = '0004_recent_counts'")
    await back_up(url, file, quietly)

    await restore(url, file, quietly, replace=True)

    assert await rows(url, "SELECT 1 FROM recent_count") == []


async def test_without_old_mails_nothing_that_was_due_goes_out_again(busy_desk: Desk, tmp_path: Path) -> None:
    url, file = settings().owner_url, tmp_path / "desk.backup"
    await busy_desk.account(expires_on=busy_desk.today() + timedelta(days=7))
    await back_up(url, file, quietly)

    await restore(url, file, quietly, replace=True, old_mails=False)

    mails = await rows(url, "SELECT kind, state, reason FROM mail WHERE state <> 'SKIPPED'")
    assert {mail["kind"] for mail in mails} == {"REQUEST_FILED", "REQUEST_DECIDED", "REMINDER"}
    assert {(mail["state"], mail["reason"]) for mail in mails} == {("CANCELLED", "restored")}


async def test_without_postgresqls_programs_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "find_programs", lambda names, **demands: None)

    with pytest.raises(BackupFailed, match="There is no pg_dump"):
        await back_up("postgresql://nobody@/nothing", tmp_path / "file", quietly)

    assert os.listdir(tmp_path) == []
