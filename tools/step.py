"""One step of the set-up, for ``make``: it says what is done and for how long, and what a command said if it failed.

``python tools/step.py LOCK WORDS COMMAND...`` runs the command while no other step with the same lock runs. Only the
standard library is used, and nothing newer than Python 3.7: it tells old Pythons what is missing.
"""

import fcntl
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Iterator, Optional, Sequence

SIGN_OF_LIFE_S = 4.0
LOOK_S = 0.1


@contextmanager
def alone(lock: Path) -> Iterator[IO[str]]:
    """Hold the lock; its file is lent to the block. Processes that inherit it hold it too, so that what a killed step
    has left running ends first."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        waiting = Waiting("Waiting for another set-up of this checkout")
        while not _is_ours(file):
            waiting.goes_on()
            time.sleep(LOOK_S)
        waiting.ends()
        yield file


def run_step(words: str, command: Sequence[str], lock: Optional[IO[str]] = None, cwd: Optional[Path] = None) -> None:
    """Run a command. Raises: SystemExit, with what it said."""
    waiting = Waiting(words)
    waiting.begins()
    with tempfile.TemporaryFile() as said:
        descriptors = (lock.fileno(),) if lock else ()
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=descriptors, cwd=cwd
        )
        try:
            while process.poll() is None:
                waiting.goes_on()
                time.sleep(LOOK_S)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            waiting.ends()
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{words}: failed\n{said.read().decode(errors='replace').strip()}")


class Waiting:
    """A sign of life every few seconds: one line that changes on a terminal, else one line each time."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.started = self.shown = time.monotonic()
        self.is_shown = False

    def begins(self) -> None:
        """Say what is done."""
        self._show(f"{self.words} …")

    def goes_on(self) -> None:
        """Say, if it was a while ago that something was said, for how long it has been done."""
        now = time.monotonic()
        if now - self.shown >= SIGN_OF_LIFE_S:
            self.shown = now
            self._show(f"{self.words} … {now - self.started:.0f} s")

    def ends(self) -> None:
        """End the line."""
        if self.is_shown and sys.stdout.isatty():
            sys.stdout.write("\n")

    def _show(self, line: str) -> None:
        self.is_shown = True
        sys.stdout.write(f"\r{line}" if sys.stdout.isatty() else f"{line}\n")
        sys.stdout.flush()


def _is_ours(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    with alone(Path(sys.argv[1])) as held:
        run_step(sys.argv[2], sys.argv[3:], held)
