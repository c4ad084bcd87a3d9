"""The server of ``emp serve``, forked from a process that has everything imported, so that it starts in no time."""

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

WARMED = build_schema()
"""Built once; it is the same in every process that is forked."""


@dataclass
class WarmServer:
    """One server, to be killed and started again hundreds of times."""

    environment: dict[str, str]
    log: Path
    is_ready: Callable[[], Awaitable[bool]]
    process: ForkServerProcess | None = None

    async def start(self) -> None:
        """Start it, also after a kill."""
        self.process = _processes.Process(target=_serve, args=(os.environ | self.environment, self.log), daemon=True)
        self.process.start()
        await until(self.is_ready, within=60)

    async def end(self, how: Signals = signal.SIGKILL) -> None:
        """End it without a word to its clients."""
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, how)
        await asyncio.to_thread(self.process.join)


def _serve(environment: dict[str, str], log: Path) -> None:
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    settings.cache_clear()
    server.serve()
