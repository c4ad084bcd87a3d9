"""Whoever follows the walk of CONTRIBUTING has a new type of request everywhere: in the API, queue, mails and page."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

STEP = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)

NEW_FILE = re.compile(r"`([\w./]+/[Rr]egion\.tsx?|[\w./]+/(?:test_)?region\.py)`")

IN_THE_PAGE = '''"""A visitor finds the new type in the menu, Customer Success in the queue, and both in their mails."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visitors, asks
from tests.browser.test_the_whole_story import ADA, CARLA, approve, examine, mail, open_menu_of

ACCOUNTS = "{ accounts(zone: ACTIVE, first: 50) { nodes { name rtcLines country { code } pendingRequests { id } } } }"


async def test_an_account_moves_to_another_country(visitors: Visitors) -> None:
    ada, carla = await visitors.person(ADA), await visitors.person(CARLA)
    account = next(
        one["name"]
        for one in (await asks(ada, ACCOUNTS))["accounts"]["nodes"]
        if not one["rtcLines"] and not one["pendingRequests"] and one["country"]["code"] != "FR"
    )
    await ada.goto(f"/management/active?q={account}")

    await open_menu_of(ada, account, "Change country")
    dialog = ada.get_by_role("dialog", name=f"Change country · {account}")
    await dialog.get_by_label("Country").select_option("FR")
    await expect(dialog.locator("output")).to_contain_text("France")
    await dialog.get_by_role("button", name="Change country").click()
    await expect(ada.get_by_text("Request sent")).to_be_visible()

    await examine(carla, account)
    await expect(carla.get_by_role("row", name=re.compile("Country .* France"))).to_be_visible()
    await approve(carla, account)
    await mail(ada, f"Approved: Country for {account}")
    await expect(ada.frame_locator("iframe").get_by_role("row", name=re.compile("→ France"))).to_be_visible()
'''


def steps() -> Iterator[tuple[list[str], str, str]]:
    """The blocks of the walk, in order: the files named since the block before, its language, and its text."""
    walk = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    walk = walk[walk.index("## Add a request type") : walk.index("## Add a field")]
    start = 0
    named: list[str] = []
    for block in STEP.finditer(walk):
        named = re.findall(r"`([\w./]+\.(?:py|tsx?|md|json))`", walk[start : block.start()]) or named
        yield named, block[1], block[2]
        start = block.end()


def applied(difference: str, files: list[Path]) -> None:
    """Change the one of the files that has what a difference takes away or keeps."""
    lines = difference.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    (found,) = [file for file in files if before in file.read_text(encoding="utf-8")]
    found.write_text(found.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")


def spoken(words: dict[str, dict[str, str]], copy: Path) -> None:
    """Add words to those of mails, which know the type alone, and to those of the page."""
    for folder, is_wanted in (("backend/mail/words", "type.".__eq__), ("frontend/src/i18n", bool)):
        for language, added in words.items():
            file = copy / folder / f"{language}.json"
            known = json.loads(file.read_text(encoding="utf-8"))
            wanted = {key: text for key, text in added.items() if is_wanted(key[:5])}
            file.write_text(json.dumps(known | wanted, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def followed(copy: Path) -> None:
    """Follow the walk in a copy."""
    for named, language, text in steps():
        if language == "diff":
            applied(text, [copy / name for name in named])
        elif language == "json":
            spoken(json.loads(text), copy)
        else:
            (new,) = [name for name in named if not (copy / name).exists() and NEW_FILE.fullmatch(f"`{name}`")]
            (copy / new).write_text(text, encoding="utf-8")


def copied(copy: Path) -> Path:
    """The files of this checkout, as a repository of their own that shares its libraries."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    # No link: what npm removes from a folder that is linked, it removes from here.
    shutil.copytree(ROOT / "frontend" / "node_modules", copy / "frontend" / "node_modules", symlinks=True)
    if (ROOT / ".mypy_cache").exists():
        shutil.copytree(ROOT / ".mypy_cache", copy / ".mypy_cache")
    return copy


def does(copy: Path, *command: str) -> None:
    """Run a command in the copy, on its own modules; it succeeds."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTEST_"))}
    done = subprocess.run(
        command,
        cwd=copy,
        env=environment | {"PYTHONPATH": str(copy)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-5000:]}"


@pytest.mark.timeout(1500)
def test_a_type_that_is_added_as_contributing_says_is_everywhere_and_all_checks_pass(tmp_path: Path) -> None:
    copy = copied(tmp_path / "desk")
    followed(copy)
    (copy / "tests" / "browser" / "test_the_region.py").write_text(IN_THE_PAGE, encoding="utf-8")

    does(copy, sys.executable, "-m", "backend.cli.main", "schema")
    does(copy, sys.executable, "frontend/hatch_build.py")
    does(copy, "git", "init", "-q")
    does(copy, "git", "add", "--all", ":!.venv")
    # What is installed is shared and stays as it is.
    installed = ("-o", ".venv/run-installed", "-o", ".venv/dev-installed")
    does(copy, "make", *installed, "check")
    does(
        *(copy, sys.executable, "-m", "pytest", "-n", "0", "tests/requests/test_region.py"),
        *("tests/requests/test_every_type_is_known.py", "tests/browser/test_the_region.py"),
    )
