"""Servers of one test, to be killed, frozen and started again while other processes use them."""

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

STOP_TIMEOUT_S = 60.0
"""More than any of the servers takes to drain."""


@dataclass
class DisposableServer:
    """The process of one server."""

    part: Part
    log: Path
    child: Child | None = None

    async def start(self) -> None:
        """Start it, also after a crash, and wait until it is ready."""
        if self.part.prepare:
            self.part.prepare()
        self.child = await spawn(self.part, self.log)
        await until(self.part.is_ready, within=60)

    async def kill(self, signal_number: Signals = signal.SIGKILL) -> None:
        """Send the signal, SIGKILL by default, and wait for the end of the process."""
        assert self.child
        self.child.process.send_signal(signal_number)
        await self.child.ended()

    def freeze(self) -> None:
        """Stop the process by SIGSTOP: it keeps connections and answers nothing."""
        assert self.child
        os.kill(self.child.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue the process by SIGCONT."""
        assert self.child
        os.kill(self.child.process.pid, signal.SIGCONT)

    async def close(self) -> None:
        """End it by its own stop signal. Raises: TimeoutError, after STOP_TIMEOUT_S."""
        if self.child and self.child.process.returncode is None:
            self.thaw()
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self.kill(self.part.stop_signal)


@asynccontextmanager
async def disposable_database(
    *, durable: bool = False, folder: Path | None = None
) -> AsyncIterator[tuple[DisposableServer, Cluster]]:
    """PostgreSQL; with ``durable`` its writes survive a kill, as in production."""
    with open_folder() as data_folder:
        cluster = Cluster((folder or data_folder) / "postgres", data_folder / "sockets", durable=durable)
        async with running_server(cluster.part(), data_folder / "postgres.log") as server:
            yield server, cluster


@asynccontextmanager
async def disposable_queue_server() -> AsyncIterator[tuple[DisposableServer, QueueServer]]:
    """A Valkey server."""
    with open_folder() as data_folder:
        valkey = QueueServer(data_folder / "valkey")
        async with running_server(valkey.part(), data_folder / "valkey.log") as server:
            yield server, valkey


@asynccontextmanager
async def running_server(part: Part, log: Path) -> AsyncIterator[DisposableServer]:
    """Run any server for as long as the block runs."""
    server = DisposableServer(part, log)
    await server.start()
    try:
        yield server
    finally:
        await server.close()
