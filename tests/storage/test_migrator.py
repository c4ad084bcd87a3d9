"""Migrations bring any database to this version, one process at a time."""

import asyncio
import os
import sys
from pathlib import Path

from backend.embedded.databases import with_role
from backend.embedded.postgres import RUNTIME
from backend.storage import migrations
from backend.storage.database import database, fetch
from backend.storage.migrator import migrate, missing_migrations

ALL = sorted(path.stem for path in Path(migrations.__path__[0]).glob("0*.py"))


async def test_an_empty_database_misses_all_migrations_and_a_migrated_one_none(empty_database_url: str) -> None:
    async with database(empty_database_url):
        before = await missing_migrations(empty_database_url)
    await migrate(empty_database_url)
    async with database(empty_database_url):
        after = await missing_migrations(empty_database_url)

    assert before == [f"desk.{name}" for name in ALL]
    assert after == []


async def test_several_processes_at_once_migrate_once(empty_database_url: str) -> None:
    environment = os.environ | {
        "DATABASE_URL": with_role(empty_database_url, RUNTIME),
        "DATABASE_OWNER_URL": empty_database_url,
    }
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "backend.cli.main", "migrate", env=environment)
        for _ in range(3)
    ]

    assert [await process.wait() for process in processes] == [0, 0, 0]
    async with database(empty_database_url):
        assert len(await fetch("SELECT 1 FROM tortoise_migrations")) == len(ALL)
