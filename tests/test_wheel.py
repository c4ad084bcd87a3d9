"""The wheel takes one name in an installation, ``account_desk``, and is the same program as the checkout."""

import asyncio
import os
import sys
import sysconfig
from email import message_from_string
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]

INSTALLED = f"""
import importlib, pkgutil, sys
sys.path[:0] = [{{folder!r}}]
sys.path.append({sysconfig.get_paths()["purelib"]!r})
"""
"""The wheel before the libraries, and nothing of the checkout: files that lead there (``.pth``) are not read."""

IMPORT_EVERY_MODULE = """
import account_desk
print("account_desk")
for module in pkgutil.walk_packages(account_desk.__path__, "account_desk."):
    importlib.import_module(module.name)
    print(module.name)
assert "backend" not in sys.modules
"""

MIGRATE = """
from account_desk.__main__ import app
app(["migrate"])
"""


@pytest.fixture(scope="module")
async def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel puts into an installation."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--wheel-dir", folder)
    build = await asyncio.create_subprocess_exec(sys.executable, "-m", "pip", "wheel", *options, ".", cwd=ROOT)
    assert await build.wait() == 0
    (made,) = folder.glob("*.whl")
    with ZipFile(made) as contents:
        contents.extractall(folder / "installed")
    return folder / "installed"


async def in_installation(wheel: Path, program: str) -> list[str]:
    """What a program prints that has the wheel and the libraries; it must succeed."""
    python = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", INSTALLED.format(folder=str(wheel)) + program),
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(python.communicate(), 120)
    assert python.returncode == 0, said.decode()
    return said.decode().splitlines()


def test_it_has_one_package_with_the_built_page(wheel: Path) -> None:
    described = [path.name for path in wheel.iterdir() if path.suffix == ".dist-info"]

    assert sorted(path.name for path in wheel.iterdir()) == ["account_desk", *described]
    assert (wheel / "account_desk" / "page" / "index.html").exists()
    metadata = message_from_string((wheel / described[0] / "METADATA").read_text(encoding="utf-8"))
    assert metadata["Name"] == "account-desk"


async def test_each_module_of_the_checkout_is_in_it_and_needs_nothing_of_the_checkout(wheel: Path) -> None:
    files = (file.relative_to(ROOT / "backend").with_suffix("") for file in (ROOT / "backend").rglob("*.py"))
    ours = {".".join(("account_desk", *file.parts)).removesuffix(".__init__") for file in files}

    imported = await in_installation(wheel, IMPORT_EVERY_MODULE)

    assert set(imported) == ours


async def test_a_database_that_the_checkout_migrated_is_of_its_version(
    wheel: Path, environment: pytest.MonkeyPatch
) -> None:
    said = await in_installation(wheel, MIGRATE)

    assert said[0] == "Nothing to apply: the database is of this version."
