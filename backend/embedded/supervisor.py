"""Starts the parts, restarts what ends, and stops all in the reverse order."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from backend.embedded.part import Part
from backend.embedded.processes import Child, spawn
from backend.private_files import empty_private_file, private_folder

READY_TIMEOUT_S = 60.0
MIN_PAUSE_S, MAX_PAUSE_S = 0.2, 5.0
"""Pauses before restarts; they double with each one."""
STABLE_AFTER_S = 10.0
"""A part that ran for so long restarts with the shortest pause again."""


class NotReady(Exception):
    """A part did not come up in time; its last words are in the message."""


@dataclass(slots=True)
class Running:
    """A part that runs, and what restarts it."""

    part: Part
    log: Path
    child: Child | None = None
    watcher: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Supervisor:
    """Runs parts in the order of their start and stops them in the reverse order.

    Logs go to a folder of this user alone.
    """

    logs: Path
    on_restart: Callable[[str], None] = lambda name: None
    _running: list[Running] = field(default_factory=list)

    async def start(self, part: Part) -> None:
        """Start a part, wait until it is ready, and watch it from then on. Raises: NotReady."""
        running = Running(part, private_folder(self.logs) / f"{part.name}.log")
        empty_private_file(running.log)
        self._running.append(running)
        running.child = await _spawn(running)
        await self._until_ready(running)
        running.watcher = asyncio.create_task(self._watch(running))

    async def stop(self) -> None:
        """Stop every part, the last started first."""
        while self._running:
            running = self._running.pop()
            if running.watcher:
                running.watcher.cancel()
                with suppress(asyncio.CancelledError):
                    await running.watcher
            if running.child:
                await running.child.stop(running.part.stop_signal)

    def pid_of(self, name: str) -> int:
        """The process of a part. Raises: KeyError."""
        for running in self._running:
            if running.part.name == name and running.child:
                return running.child.process.pid
        raise KeyError(name)

    async def _until_ready(self, running: Running) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            if running.child is None or running.child.process.returncode is not None:
                break
            if await running.part.is_ready():
                return
            await asyncio.sleep(0.02)
        raise NotReady(f"{running.part.name} did not start:\n{_last_words(running.log)}")

    async def _watch(self, running: Running) -> None:
        pause = MIN_PAUSE_S
        while running.child:
            started = time.monotonic()
            await running.child.ended()
            if time.monotonic() - started > STABLE_AFTER_S:
                pause = MIN_PAUSE_S
            self.on_restart(running.part.name)
            await asyncio.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE_S)
            try:
                running.child = await _spawn(running)
            except Exception as error:  # what keeps it from starting now may have passed after the next pause
                running.log.write_text(f"{error}\n")


async def _spawn(running: Running) -> Child:
    if running.part.prepare:
        await asyncio.to_thread(running.part.prepare)
    return await spawn(running.part, running.log)


def _last_words(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
