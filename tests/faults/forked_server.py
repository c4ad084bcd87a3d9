"""The server of ``emp serve``, forked from a process with all modules imported, for a fast start."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from signal import Signals

from backend.api.schema import build_schema
from backend.settings import settings
from backend.web import server
from tests.waiting import until

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])

SCHEMA = build_schema()
"""Built once in the fork server and inherited by each forked process."""


@dataclass
class ForkedServer:
    """One server that can be killed and started again hundreds of times."""

    environment: dict[str, str]
    log: Path
    is_ready: Callable[[], Awaitable[bool]]
    process: ForkServerProcess | None = None

    async def start(self) -> None:
        """Start it, also after a kill, and wait until it is ready."""
        self.process = _processes.Process(target=_serve, args=(os.environ | self.environment, self.log), daemon=True)
        self.process.start()
        await until(self.is_ready, within=60)

    async def kill(self, signal_number: Signals = signal.SIGKILL) -> None:
        """Send the signal, SIGKILL by default, and wait for the end of the process."""
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, signal_number)
        await asyncio.to_thread(self.process.join)


def _serve(environment: dict[str, str], log: Path) -> None:
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    settings.cache_clear()
    server.serve()
