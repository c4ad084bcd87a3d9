"""Servers of a test's own, to be stopped, frozen and started again while others stand on them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from backend.embedded.part import Part
from backend.embedded.postgres import Cluster
from backend.embedded.processes import Child, spawn
from backend.embedded.valkey import QueueServer
from tests.servers import open_folder
from tests.waiting import until

ENDS_WITHIN = 60.0
"""Seconds, more than any of them has to finish what is under way."""


@dataclass
class Stand:
    """One server's process."""

    part: Part
    log: Path
    child: Child | None = None

    async def start(self) -> None:
        """Start it, also after a crash."""
        if self.part.prepare:
            self.part.prepare()
        self.child = await spawn(self.part, self.log)
        await until(self.part.is_ready, within=60)

    async def end(self, how: Signals = signal.SIGKILL) -> None:
        """End it without a word to its clients."""
        assert self.child
        self.child.process.send_signal(how)
        await self.child.ended()

    def freeze(self) -> None:
        """Let it do nothing, not even refuse."""
        assert self.child
        os.kill(self.child.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.child
        os.kill(self.child.process.pid, signal.SIGCONT)

    async def close(self) -> None:
        """End it for good. Raises: TimeoutError, when it does not end."""
        if self.child and self.child.process.returncode is None:
            self.thaw()
            async with asyncio.timeout(ENDS_WITHIN):
                await self.end(self.part.stop_signal)


@asynccontextmanager
async def database_stand(*, durable: bool = False, folder: Path | None = None) -> AsyncIterator[tuple[Stand, Cluster]]:
    """PostgreSQL; ``durable`` as in production, to be killed while it writes."""
    with open_folder() as own:
        cluster = Cluster((folder or own) / "postgres", own / "sockets", durable=durable)
        async with running(cluster.part(), own / "postgres.log") as stand:
            yield stand, cluster


@asynccontextmanager
async def queue_stand() -> AsyncIterator[tuple[Stand, QueueServer]]:
    """Valkey."""
    with open_folder() as own:
        server = QueueServer(own / "valkey")
        async with running(server.part(), own / "valkey.log") as stand:
            yield stand, server


@asynccontextmanager
async def running(part: Part, log: Path) -> AsyncIterator[Stand]:
    """A server of any kind, for as long as the block runs."""
    stand = Stand(part, log)
    await stand.start()
    try:
        yield stand
    finally:
        await stand.close()
