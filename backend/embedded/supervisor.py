"""Starts the parts, restarts what ends, and leaves nothing behind, however it ends itself."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from backend.embedded.part import Owner, Part, own_environment

READY_WITHIN = 60.0
STOP_WITHIN = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
STEADY_AFTER = 10.0
"""Seconds. A part that ran so long starts again at once; one that falls over at once is given pauses that double."""

PR_SET_PDEATHSIG = 1


class NotReady(Exception):
    """A part did not come up in time; its last words are in the message."""


@dataclass(slots=True)
class Running:
    """A part that runs, and what restarts it."""

    part: Part
    log: Path
    process: asyncio.subprocess.Process | None = None
    watcher: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Supervisor:
    """Runs parts in the order of their start and stops them in the reverse order; logs go to a folder."""

    logs: Path
    on_restart: Callable[[str], None] = lambda name: None
    _running: list[Running] = field(default_factory=list)

    async def start(self, part: Part) -> None:
        """Start a part, wait until it is ready, and watch it from then on. Raises: NotReady."""
        self.logs.mkdir(parents=True, exist_ok=True)
        running = Running(part, self.logs / f"{part.name}.log")
        running.log.write_bytes(b"")
        self._running.append(running)
        running.process = await _spawn(running)
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
            await _stop(running)

    def pid_of(self, name: str) -> int:
        """The process of a part. Raises: KeyError."""
        for running in self._running:
            if running.part.name == name and running.process:
                return running.process.pid
        raise KeyError(name)

    async def _until_ready(self, running: Running) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if running.process is None or running.process.returncode is not None:
                break
            if await running.part.is_ready():
                return
            await asyncio.sleep(0.02)
        raise NotReady(f"{running.part.name} did not start:\n{_last_words(running.log)}")

    async def _watch(self, running: Running) -> None:
        pause = FIRST_PAUSE
        while True:
            assert running.process is not None
            started = time.monotonic()
            await running.process.wait()
            self.on_restart(running.part.name)
            pause = FIRST_PAUSE if time.monotonic() - started > STEADY_AFTER else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)
            running.process = await _spawn(running)


async def _spawn(running: Running) -> asyncio.subprocess.Process:
    part = running.part
    if part.prepare:
        await asyncio.to_thread(part.prepare)
    with running.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *part.command,
            env=own_environment() | dict(part.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Its own session: a Ctrl-C on the terminal reaches the supervisor alone, which stops things in order.
            start_new_session=True,
            preexec_fn=_become(part.owner, os.getpid()),
        )


def _become(owner: Owner | None, supervisor: int) -> Callable[[], None]:
    """Change to the owner and then ask the kernel to end this process with its supervisor, however that dies."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def become() -> None:
        if owner:
            os.setgroups([])
            os.setgid(owner.gid)
            os.setuid(owner.uid)
        if libc:
            # After the change of user, which clears it.
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL if owner is None else signal.SIGINT)
            if os.getppid() != supervisor:
                os.kill(os.getpid(), signal.SIGKILL)

    return become


async def _stop(running: Running) -> None:
    process = running.process
    if process is None or process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(running.part.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()


def _last_words(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
