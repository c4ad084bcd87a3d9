"""Where the demo of a checkout and a port keeps what it has: its data for good, its sockets until the next reboot."""

import hashlib
import os
import tempfile
from pathlib import Path

from backend.settings import settings

OF_ROOT = Path("/var/lib/account-desk")
"""Root's own home is closed to PostgreSQL's user."""


class NoPlace(Exception):
    """A folder cannot be created; the message says why."""


def state_folder(port: int) -> Path:
    """Where the demo's data outlives a reboot. Raises: NoPlace."""
    home = settings().state_dir or _default_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        return _folder_of_ours(home / _checkout(), port)
    except OSError as error:
        raise NoPlace(f"The demo's data cannot be kept in {home} ({error.strerror}): set EMP_STATE_DIR.") from None


def sockets_folder(port: int) -> Path:
    """Where unix sockets are, which need a short path: under the system's temporary folder. Raises: NoPlace."""
    home = Path(tempfile.gettempdir())
    try:
        return _folder_of_ours(home / f"account-desk-{os.getuid()}-{_checkout()}", port)
    except OSError as error:
        raise NoPlace(f"No socket can be made in {home} ({error.strerror}): set TMPDIR.") from None


def _default_home() -> Path:
    if os.getuid() == 0:
        return OF_ROOT
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "account-desk"


def _checkout() -> str:
    return hashlib.sha256(os.fsencode(Path.cwd())).hexdigest()[:8]


def _folder_of_ours(of_checkout: Path, port: int) -> Path:
    # Root's PostgreSQL runs as another user, who must be able to pass.
    mode = 0o711 if os.getuid() == 0 else 0o700
    for folder in (of_checkout, of_checkout / str(port)):
        folder.mkdir(mode=mode, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise NoPlace(f"{folder} belongs to somebody else.")
        folder.chmod(mode)
    return of_checkout / str(port)
