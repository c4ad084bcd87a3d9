"""PostgreSQL from its wheel (or the machine's own), on a unix socket, for the demo and the tests."""

import os
import pwd
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import asyncpg

from backend.embedded.part import Owner, Part, own_environment
from backend.embedded.postgres_binaries import find_binaries
from backend.embedded.processes import ON_LINUX, command_line_of, wait_until_gone
from backend.storage.connecting import connect

SUPERUSER = "desk"
DATABASE = "desk"

OWNER = "desk_owner"
"""The role that migrates, backs up and restores."""

RUNTIME = "desk_runtime"
"""The role that serves."""

ROLES = (resources.files("backend.storage") / "roles.sql").read_text(encoding="utf-8")

# The C.UTF-8 of other systems' C libraries is missing or differs; PostgreSQL's own is the same everywhere.
LOCALE = ("--locale=C.UTF-8",) if ON_LINUX else ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")

WITHOUT_DURABILITY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of databases in a folder, with its socket in another; ``durable`` survives a loss of power."""

    folder: Path
    sockets: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        """Where the server keeps its files."""
        return self.folder / "data"

    def url(self, database: str = DATABASE, role: str = OWNER) -> str:
        """How to connect to a database of it."""
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    def part(self) -> Part:
        """The server as the supervisor runs it; the cluster is made at the first start."""
        owner = unprivileged_owner()
        binaries = find_binaries(owner)
        durability = () if self.durable else WITHOUT_DURABILITY
        return Part(
            name="postgres",
            command=(
                *(str(binaries / "postgres"), "-D", str(self.data), "-k", str(self.sockets)),
                *("-c", "listen_addresses=", "-c", "max_connections=200", *durability),
            ),
            is_ready=self._answers,
            environment=_clean_environment(),
            owner=owner,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            prepare=lambda: self._prepare(binaries, owner),
        )

    async def _answers(self) -> bool:
        try:
            connection = await connect(self.url("postgres", SUPERUSER))
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        try:
            exists = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE)
            if not exists:
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            await connection.close()
        await create_roles(self.url(role=SUPERUSER))
        return True

    def _prepare(self, binaries: Path, owner: Owner | None) -> None:
        for folder in (self.folder, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
            # Whoever may enter may connect: there is no password.
            folder.chmod(0o700)
            if owner:
                os.chown(folder, owner.uid, owner.gid)
        if self.data.exists():
            for lock in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
                _take_over(self.data, lock)
        else:
            _initialise(binaries, self.data, owner)


async def create_roles(superuser_url: str) -> None:
    """The desk's roles, which own and serve the database that the URL names; what there is already stays."""
    connection = await connect(superuser_url)
    try:
        await connection.execute(ROLES)
    finally:
        await connection.close()


def unprivileged_owner() -> Owner | None:
    """Whom the server runs as: nobody where we are root, else ourselves."""
    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid)


def _take_over(data: Path, lock: Path) -> None:
    """End a server that outlived its supervisor; remove a lock whose process is by now another program.

    PostgreSQL itself removes a lock whose process is gone, but believes any process of its user that lives.
    """
    try:
        pid = abs(int(lock.read_text().split()[0]))
    except (FileNotFoundError, ValueError, IndexError):
        return
    running = command_line_of(pid)
    if str(data) in running:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        wait_until_gone(pid)
    elif running:
        lock.unlink(missing_ok=True)


def _initialise(binaries: Path, data: Path, owner: Owner | None) -> None:
    # Made beside its place and renamed: half a cluster is never taken for one. What a killed one left may still run.
    for unfinished in data.parent.glob("making*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    scratch = data.with_name(f"making-{os.getpid()}")
    initdb = subprocess.run(
        [binaries / "initdb", "-D", scratch, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync", *LOCALE],
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        env=_clean_environment(),
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if initdb.returncode:
        raise RuntimeError(f"initdb failed: {initdb.stderr.strip()}")
    scratch.rename(data)


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in own_environment().items() if not name.startswith("PG")}
