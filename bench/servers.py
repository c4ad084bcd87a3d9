"""PostgreSQL, the queue server and the other processes of a measurement."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from backend.embedded.databases import create_database
from backend.embedded.part import Part
from backend.embedded.postgres import OWNER, RUNTIME, SUPERUSER, Cluster
from backend.embedded.supervisor import Supervisor
from backend.embedded.valkey import QueueServer
from backend.storage.migrator import migrate
from bench import dataset
from tests.waiting import is_listening

CHEAP_HASHING = {"EMP_ARGON2_MEMORY_KIB": "8", "EMP_ARGON2_PASSES": "1"}

UNLIMITED = {
    "EMP_CALLS_PER_MINUTE_PER_PERSON": "100000000",
    "EMP_COST_PER_MINUTE_PER_PERSON": "1000000000",
    "EMP_CALLS_PER_MINUTE_PER_ADDRESS": "100000000",
    "EMP_REQUESTS_AT_ONCE_PER_ADDRESS": "100000000",
    "EMP_REQUESTS_PER_HOUR_PER_PERSON": "100000000",
    "EMP_PENDING_NEW_ACCOUNTS_PER_ORGANISATION": "100000000",
}
"""Calls are counted by the rate limiter as in production, and no limit is reached."""

LONG_LIFE = {"EMP_ACCESS_TOKEN_LIFE": "PT10H", "EMP_LOG_LEVEL": "error"}


@dataclass(slots=True)
class BenchServers:
    """Running servers, and the loaded databases by number of accounts."""

    folder: Path
    supervisor: Supervisor
    cluster: Cluster
    queue: QueueServer

    def database(self, accounts: int) -> str:
        """The URL of the database with so many accounts, as the runtime role."""
        return self.cluster.url(f"accounts_{accounts}", RUNTIME)

    def owner_database(self, accounts: int) -> str:
        """The URL of the same database, as the role that owns its tables."""
        return self.cluster.url(f"accounts_{accounts}", OWNER)

    async def prepare(self, accounts: int, sql: str) -> None:
        """Run statements as the owner of the database with so many accounts."""
        owner = await asyncpg.connect(self.owner_database(accounts))
        try:
            await owner.execute(sql)
        finally:
            await owner.close()

    async def load(self, accounts: int) -> None:
        """Create and fill the database with so many accounts."""
        name = f"accounts_{accounts}"
        url = await create_database(self.cluster.url(role=SUPERUSER), name, owner=OWNER)
        await migrate(url, RUNTIME)
        await dataset.load(url, accounts)

    def environment(self, accounts: int, **more: str) -> dict[str, str]:
        """Environment of a process of the product on one of the databases."""
        places = {
            "DATABASE_URL": self.database(accounts),
            "REDIS_URL": self.queue.url,
            "SMTP_URL": "smtp://127.0.0.1:1",
        }
        return {**places, **CHEAP_HASHING, **UNLIMITED, **LONG_LIFE, **more}

    async def start(self, name: str, command: tuple[str, ...], port: int, environment: Mapping[str, str]) -> None:
        """Start a process, and wait until it listens on its port."""
        await self.supervisor.start(Part(name, command, lambda: is_listening(port), environment))

    async def stop_last(self) -> None:
        """Stop the process that was started last."""
        running = self.supervisor._running.pop()
        if running.watcher:
            running.watcher.cancel()
        if running.child:
            await running.child.stop(running.part.stop_signal)


@asynccontextmanager
async def started_servers() -> AsyncIterator[BenchServers]:
    """Start the servers, with data in a folder that is removed afterwards."""
    os.environ.update(CHEAP_HASHING)
    folder = _open_folder()
    supervisor = Supervisor(folder / "logs")
    cluster = Cluster(folder / "postgres", folder / "sockets")
    queue = QueueServer(folder / "queue")
    try:
        await supervisor.start(cluster.part())
        await supervisor.start(queue.part())
        yield BenchServers(folder, supervisor, cluster, queue)
    finally:
        await supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _open_folder() -> Path:
    """A folder with a short path that PostgreSQL's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="desk-bench-"))
    folder.chmod(0o711)
    return folder
