"""Child processes that end with their parent, however it dies."""

import asyncio
import ctypes
import os
import platform
import signal
import subprocess
import time
import warnings
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from backend.embedded.part import Owner, Part, own_environment

PR_SET_PDEATHSIG = 1

# A name of its own: mypy takes comparisons with sys.platform for settled.
ON_LINUX = platform.system() == "Linux"

STOP_TIMEOUT_S = 15.0


@dataclass(slots=True)
class Child:
    """A part's process and, where the kernel does not tie it to its parent, the guard that does."""

    process: Process
    guard: Process | None

    async def ended(self) -> int:
        """Wait for its end. Returns its exit code, negative for a signal."""
        code = await self.process.wait()
        if self.guard:
            await dismiss(self.guard)
        return code

    async def stop(self, how: Signals) -> None:
        """End it, and after STOP_TIMEOUT_S its whole process group by force."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(how)
        try:
            await asyncio.wait_for(self.ended(), STOP_TIMEOUT_S)
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            await self.ended()


async def spawn(part: Part, log: Path) -> Child:
    """Start a part's process, its output at the end of the log. Raises: OSError."""
    with log.open("ab") as output, warnings.catch_warnings():
        # Newer Pythons warn of forks beside threads; between fork and exec we make system calls only.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = await asyncio.create_subprocess_exec(
            *part.command,
            env=own_environment() | dict(part.environment),
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            # Its own session: a Ctrl-C on the terminal reaches the supervisor alone, which stops things in order.
            start_new_session=True,
            preexec_fn=_become(part.owner, part.death_signal if ON_LINUX else None),
        )
    return Child(process, None if ON_LINUX else await guard(process.pid, part.death_signal))


def _become(owner: Owner | None, death_signal: Signals | None) -> Callable[[], None]:
    libc = ctypes.CDLL(None) if death_signal else None
    parent = os.getpid()

    def become() -> None:
        if owner:
            os.setgroups([])
            os.setgid(owner.gid)
            os.setuid(owner.uid)
        if libc and death_signal:
            # After the change of user, which clears it. The kernel watches the thread that forks: the event loop's.
            libc.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # it died before the line above
                os.kill(os.getpid(), signal.SIGKILL)

    return become


async def guard(pid: int, death_signal: Signals) -> Process:
    """A process that signals ``pid`` when this one dies, which it notices by the end of its input."""
    return await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", 'read -r _; kill -"$1" "$0"', str(pid), str(int(death_signal))),
        stdin=PIPE,
        stdout=DEVNULL,
        stderr=DEVNULL,
        start_new_session=True,
    )


async def dismiss(guard: Process) -> None:
    """End a guard whose charge is gone."""
    with suppress(ProcessLookupError):
        guard.kill()
    await guard.wait()


def command_line_of(pid: int) -> str:
    """The command line of a living process; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        if ON_LINUX:
            return ""
    listing = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listing.stdout


def wait_until_gone(pid: int) -> None:
    """Wait, in a thread, for the end of a process that is not our child. Raises: TimeoutError."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while command_line_of(pid):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid} does not end")
        time.sleep(0.02)
