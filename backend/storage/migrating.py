"""Bring the database's schema to this version, one process at a time."""

import asyncpg
from tortoise.migrations.api.migrate import migrate as run_migrations
from tortoise.migrations.executor import MigrationExecutor

from backend.storage.database import APP, configuration, connection, database
from backend.storage.tortoise_client import OF_MIGRATIONS

ADVISORY_LOCK = 7_203_341_598


async def migrate(database_url: str) -> None:
    """Apply the migrations that are missing, under an advisory lock: others wait, then find nothing to do."""
    lock = await asyncpg.connect(database_url.replace("asyncpg://", "postgresql://", 1))
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        async with database(database_url, OF_MIGRATIONS):
            await run_migrations(config=configuration(database_url, OF_MIGRATIONS), direction="forward")
    finally:
        await lock.close()


async def missing_migrations(database_url: str) -> list[str]:
    """Names of the migrations that the open database has not seen; empty when it is up to date."""
    apps = configuration(database_url).to_dict()["apps"]
    plan = await MigrationExecutor(connection(), apps).plan(None)
    return [f"{APP}.{step.migration.name}" for step in plan]
