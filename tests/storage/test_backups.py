"""A backup holds everything, and comes back as a whole or not at all."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backend import backups
from backend.backups import BackupFailed, back_up, restore
from backend.embedded.databases import plain
from backend.settings import settings
from tests.desk import Desk

CONTENTS = """
SELECT (SELECT array_agg(to_jsonb(a) ORDER BY id) FROM account a) AS accounts,
       (SELECT array_agg(to_jsonb(r) ORDER BY id) FROM change_request r) AS requests,
       (SELECT array_agg(to_jsonb(t) ORDER BY id) FROM timeline_event t) AS timeline,
       (SELECT array_agg(to_jsonb(m) ORDER BY id) FROM mail m) AS mails,
       (SELECT array_agg(to_jsonb(p) ORDER BY id) FROM person p) AS people
"""


def quietly(table: str) -> None:
    """Nobody watches the progress."""


async def rows(url: str, sql: str) -> list[dict[str, Any]]:
    """What a database answers, past the application."""
    connection = await asyncpg.connect(plain(url))
    try:
        return [dict(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def contents(url: str) -> object:
    """What a database holds of everything that matters."""
    return await rows(url, CONTENTS)


async def emp(*arguments: str, url: str) -> tuple[int, str]:
    """Run the command: its exit code, and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli", *arguments),
        env=os.environ | {"DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


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

    written = await emp("backup", str(file), url=settings().database_url)
    restored = await emp("restore", str(file), url=empty_database_url)

    assert (written[0], restored[0]) == (0, 0), (written, restored)
    assert await contents(empty_database_url) == await contents(settings().database_url)


async def test_a_backup_is_its_users_alone_also_over_one_that_was_not(busy_desk: Desk, tmp_path: Path) -> None:
    file, unfinished = tmp_path / "desk.backup", tmp_path / "desk.backup.unfinished"
    for left in (file, unfinished):
        left.write_bytes(b"of before")
        left.chmod(0o644)
    modes = set[int]()

    await back_up(settings().database_url, file, lambda table: modes.add(unfinished.stat().st_mode & 0o777))

    assert (modes, file.stat().st_mode & 0o777) == ({0o600}, 0o600)
    assert os.listdir(tmp_path) == ["desk.backup"]


async def test_the_command_says_why_it_does_not_restore(busy_desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    await back_up(settings().database_url, file, quietly)
    before = await contents(settings().database_url)

    code, said = await emp("restore", str(file), url=settings().database_url)

    assert code == 1
    assert "The database holds data" in said
    assert await contents(settings().database_url) == before


async def test_what_was_done_after_the_backup_is_gone_and_everybody_signs_in_anew(
    busy_desk: Desk, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "desk.backup"
    await back_up(database_url, file, quietly)
    before = await contents(database_url)
    await busy_desk.super_admin.files("licence", accountId=await busy_desk.account(), licence="OPTIMISE")
    assert await contents(database_url) != before

    await restore(database_url, file, quietly, replace=True)

    assert await contents(database_url) == before
    assert await rows(database_url, "SELECT 1 FROM session WHERE ended_at IS NULL") == []


async def test_a_restore_is_in_the_audit_log(busy_desk: Desk, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    await back_up(database_url, file, quietly)

    await restore(database_url, file, quietly, replace=True)

    written = await rows(database_url, "SELECT subject FROM audit_entry WHERE act = 'BACKUP_RESTORED'")
    assert [row["subject"] for row in written] == ["desk.backup"]


async def test_a_damaged_backup_leaves_the_database_as_it_was(busy_desk: Desk, tmp_path: Path) -> None:
    url, whole, half, nothing = settings().database_url, *(tmp_path / name for name in ("whole", "half", "nothing"))
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
    url, file = settings().database_url, tmp_path / "old"
    await rows(url, "DROP TABLE recent_count")
    await rows(url, "DELETE FROM tortoise_migrations WHERE name = '0004_recent_counts'")
    await back_up(url, file, quietly)

    await restore(url, file, quietly, replace=True)

    assert await rows(url, "SELECT 1 FROM recent_count") == []


async def test_without_old_mails_nothing_that_was_due_goes_out_again(busy_desk: Desk, tmp_path: Path) -> None:
    url, file = settings().database_url, tmp_path / "desk.backup"
    await busy_desk.account(expires_on=busy_desk.today() + timedelta(days=7))
    await back_up(url, file, quietly)

    await restore(url, file, quietly, replace=True, old_mails=False)

    mails = await rows(url, "SELECT kind, state, reason FROM mail WHERE state <> 'SKIPPED'")
    assert {mail["kind"] for mail in mails} == {"REQUEST_FILED", "REQUEST_DECIDED", "REMINDER"}
    assert {(mail["state"], mail["reason"]) for mail in mails} == {("CANCELLED", "restored")}


async def test_without_postgresqls_programs_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "find_programs", lambda names: None)

    with pytest.raises(BackupFailed, match="There is no pg_dump"):
        await back_up("asyncpg://nobody@/nothing", tmp_path / "file", quietly)

    assert os.listdir(tmp_path) == []
