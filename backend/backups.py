"""Backups of the database by PostgreSQL's own programs, and their restoring: all of it, or nothing."""

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from tortoise.backends.base.config_generator import expand_db_url

from backend import clock
from backend.embedded.databases import plain
from backend.embedded.postgres_binaries import find_programs
from backend.identity import sessions
from backend.identity.audit import Act, record
from backend.mail import ledger
from backend.mail.models import Reason
from backend.mail.planning import plan_due
from backend.private_files import empty_private_file
from backend.storage.database import database, transaction
from backend.storage.migrating import migrate

MISSING = "There is no pg_dump: install PostgreSQL's client programs, or account-desk[embedded]."

PROGRAMS = ("pg_dump", "pg_restore")

TABLE_AT_HAND = re.compile(rb'(?:dumping contents of|processing data for) table "([^"]+)"')

TABLES = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = 'public'"

HAS_DATA = "SELECT EXISTS (SELECT 1 FROM {}) AS has_data"

SET_ASIDE = """
ALTER SCHEMA public RENAME TO before_restore;
CREATE SCHEMA public;
ALTER EXTENSION pg_trgm SET SCHEMA public;
"""

FORGET = "DROP SCHEMA before_restore CASCADE"

BRING_BACK = """
ALTER EXTENSION pg_trgm SET SCHEMA before_restore;
DROP SCHEMA public CASCADE;
ALTER SCHEMA before_restore RENAME TO public;
"""

OnTable = Callable[[str], None]


class BackupFailed(Exception):
    """What PostgreSQL's program said, or why it was not run."""


async def back_up(database_url: str, file: Path, on_table: OnTable) -> None:
    """Write all data to a file of this user alone, as of one instant, while everything runs.

    Raises: BackupFailed, OSError.
    """
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        empty_private_file(unfinished)
        _run(("pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}"), database_url, on_table)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


async def restore(
    database_url: str, file: Path, on_table: OnTable, *, replace: bool = False, old_mails: bool = True
) -> None:
    """Put a backup in the place of what the database holds, bring it to this version, and sign everybody out.

    With ``replace`` the database may hold data. Without ``old_mails`` nothing that was due before now is sent: some of
    it may have gone out after the backup was made. Raises: BackupFailed; the database is then as before.
    """
    _run(("pg_restore", "--list", str(file)), database_url, on_table)
    connection = await asyncpg.connect(plain(database_url))
    try:
        if not replace and await _has_data(connection):
            raise BackupFailed("The database holds data: restore to another one, or say --replace.")
        await _put_in_place(connection, database_url, file, on_table)
    finally:
        await connection.close()
    await migrate(database_url)
    async with database(database_url), transaction():
        await sessions.end_everybodys()
        await record(Act.BACKUP_RESTORED, by=None, organisation_id=None, subject=file.name)
        if not old_mails:
            await plan_due(clock.now())
            await ledger.end_what_was_due(Reason.RESTORED)


async def _has_data(connection: asyncpg.Connection) -> bool:
    for row in await connection.fetch(TABLES):
        name: str = row[0]
        if name != "public.tortoise_migrations" and await connection.fetchval(HAS_DATA.format(name)):
            return True
    return False


async def _put_in_place(connection: asyncpg.Connection, database_url: str, file: Path, on_table: OnTable) -> None:
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await connection.execute(SET_ASIDE)
    try:
        _run(
            ("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--dbname=", str(file)),
            database_url,
            on_table,
        )
    except BaseException:
        await connection.execute(BRING_BACK)
        raise
    await connection.execute(FORGET)


def _run(command: Sequence[str], database_url: str, on_table: OnTable) -> None:
    programs = find_programs(PROGRAMS)
    if programs is None:
        raise BackupFailed(MISSING)
    with _started((str(programs / command[0]), "--verbose", *command[1:]), database_url) as process:
        said = list(_said(process, on_table))
    if process.returncode:
        raise BackupFailed("\n".join(line for line in said if "error" in line.lower()) or "\n".join(said[-5:]))


@contextmanager
def _started(command: Sequence[str], database_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    environment = os.environ | dict(_connection_variables(database_url))
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own programs
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def _said(process: "subprocess.Popen[bytes]", on_table: OnTable) -> Iterable[str]:
    assert process.stderr
    for line in process.stderr:
        at_hand = TABLE_AT_HAND.search(line)
        if at_hand:
            on_table(at_hand[1].decode())
        yield line.decode(errors="replace").rstrip()


def _connection_variables(database_url: str) -> Iterator[tuple[str, str]]:
    """The URL as environment variables: command lines are everybody's to read, and it may hold a password."""
    reached: dict[str, Any] = expand_db_url(database_url)["credentials"]
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "database": "PGDATABASE"}
    for name, variable in names.items():
        if reached.get(name):
            yield variable, str(reached[name])
    if isinstance(reached.get("ssl"), str):
        yield "PGSSLMODE", reached["ssl"]
