"""Bring the database's schema to this version, one process at a time."""

from tortoise.migrations.api.migrate import migrate as run_migrations
from tortoise.migrations.executor import MigrationExecutor

from backend.storage import privileges
from backend.storage.connecting import advisory_lock
from backend.storage.database import APP, configuration, connection, database
from backend.storage.tortoise_client import OF_MIGRATIONS, server_settings

ADVISORY_LOCK = 7_203_341_598
"""Key of the lock that is held while migrations run."""


async def migrate(database_url: str, runtime_role: str = "", schema: str = "") -> list[str]:
    """Apply the missing migrations under an advisory lock: concurrent calls wait, then find nothing to do.

    Returns the names of the applied ones. The URL names the role that owns the tables; the schema is that role's
    default unless another is named. Grants the runtime role, if one is named, the privileges that serving takes.
    Raises: NoSuchRole; WrongSettings, a pooler is in between.
    """
    session_settings = server_settings(OF_MIGRATIONS, schema)
    async with advisory_lock(database_url, ADVISORY_LOCK, session_settings, wait_s=0) as owner:
        if runtime_role:
            await privileges.require(owner, runtime_role)
        config = configuration(database_url, OF_MIGRATIONS, schema)
        async with database(database_url, OF_MIGRATIONS, schema):
            applied = await missing_migrations(database_url)
            await run_migrations(config=config, direction="forward")
        if runtime_role:
            await privileges.grant(owner, runtime_role)
    return applied


async def missing_migrations(database_url: str) -> list[str]:
    """Names of the migrations that were not applied to the open database; empty when it is up to date."""
    apps = configuration(database_url).to_dict()["apps"]
    plan = await MigrationExecutor(connection(), apps).plan(None)
    return [f"{APP}.{step.migration.name}" for step in plan]
