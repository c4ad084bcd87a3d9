"""Makes ``.venv`` for ``make``, whole or not at all: ``python tools/environment.py run`` or ``dev``.

What a kill or a failure left half-made is made anew. Only the standard library is used, and nothing newer than
Python 3.7: it tells old Pythons what is missing.
"""

import subprocess
import sys
from pathlib import Path
from typing import IO

from step import alone, run_step

OLDEST = (3, 11, 2)

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / ".run" / "venv.lock"

PIP = [str(PYTHON), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", "install"]

IS_USABLE = "import pip, sys; sys.exit(sys.prefix == sys.base_prefix or sys.version_info < %r)" % (OLDEST,)
"""Whether a Python is that of an environment, is new enough, and the environment has pip."""

UNFINISHED = "unfinished"
"""What stands in the lock's file while the folder is not whole."""


def make(kind: str) -> None:
    """Bring the environment to what its requirements say. Raises: SystemExit."""
    with alone(LOCK) as lock:
        if not _is_whole(lock):
            _check_python()
            _say(lock, UNFINISHED)
            run_step("Making .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)], lock)
            _say(lock, "")
        if not _is_new(_marker("run"), ROOT / "requirements" / "run.txt", ROOT / "pyproject.toml"):
            editable = [*PIP, "--no-deps", "--no-build-isolation", "--editable", "."]
            _install("run", "Installing the libraries, a minute at the first time", lock, editable)
        if kind == "dev" and not _is_new(_marker("dev"), ROOT / "requirements" / "dev.txt", _marker("run")):
            _install("dev", "Installing what tests and checks need", lock)


def _install(kind: str, words: str, lock: IO[str], *more: "list[str]") -> None:
    _say(lock, UNFINISHED)
    _marker(kind).unlink() if _marker(kind).exists() else None
    run_step(words, [*PIP, "--require-hashes", "-r", str(ROOT / "requirements" / f"{kind}.txt")], lock, ROOT)
    for command in more:
        run_step("Installing the account desk", command, lock, ROOT)
    _say(lock, "")
    _marker(kind).touch()


def _is_whole(lock: IO[str]) -> bool:
    lock.seek(0)
    if lock.read():
        return False
    try:
        found = subprocess.run([str(PYTHON), "-c", IS_USABLE], stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return found.returncode == 0


def _check_python() -> None:
    if sys.version_info < OLDEST:
        raise SystemExit(
            f"Python {_dotted(OLDEST)} or newer is needed, and {sys.executable} is {_dotted(sys.version_info[:3])}: "
            "name a newer one, as in make PYTHON=/path/to/python3"
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        named = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise SystemExit(
            f"{sys.executable} has no venv. On Debian and Ubuntu: sudo apt-get install python3-venv "
            f"(or {named}); then the same make again"
        ) from None


def _say(lock: IO[str], words: str) -> None:
    lock.truncate(0)
    lock.write(words)
    lock.flush()


def _marker(kind: str) -> Path:
    return VENV / f"{kind}-installed"


def _is_new(made: Path, *sources: Path) -> bool:
    return made.exists() and all(source.stat().st_mtime <= made.stat().st_mtime for source in sources)


def _dotted(version: "tuple[int, ...]") -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    make(sys.argv[1])
