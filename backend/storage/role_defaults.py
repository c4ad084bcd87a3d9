"""Default settings of the role that serves: a pooler may drop those that a session requests."""

from contextlib import suppress

import structlog

from backend.storage.connecting import connect
from backend.storage.database import fetch
from backend.storage.tortoise_client import OF_REQUESTS, SERVER_SETTINGS, Timeouts, server_settings

log = structlog.get_logger()

LOCK = 7_203_341_600
"""Key of an advisory lock: two sessions cannot change the defaults of a role at once."""

DATABASE = "SELECT quote_ident(current_database())"

EFFECTIVE = "SELECT name, setting FROM pg_settings WHERE name = ANY($1)"


async def keep_settings(database_url: str) -> None:
    """Store the settings of a server process as the role's defaults in this database.

    The URL names the role that serves, which may do so for itself. Raises: the driver's errors.
    """
    connection = await connect(database_url, server_settings=server_settings(OF_REQUESTS))
    try:
        database = await connection.fetchval(DATABASE)
        defaults = OF_REQUESTS.settings | SERVER_SETTINGS
        changes = [
            f"ALTER ROLE CURRENT_USER IN DATABASE {database} SET {name} = '{value}'" for name, value in defaults.items()
        ]
        # Sent as one message, which is one transaction also where a pooler hands out a connection for each.
        await connection.execute(";".join((f"SELECT pg_advisory_xact_lock({LOCK})", *changes)))
    finally:
        await connection.close()


async def warn_of_lost_timeouts(timeouts: Timeouts) -> None:
    """Log a warning when the session has other timeouts than this process requested."""
    with suppress(Exception):  # an error of the database is reported by whatever needs it
        lost = await lost_timeouts(timeouts)
        if lost:
            log.warning("the database has other timeouts than this process asks for", **lost, docs="docs/operations.md")


async def lost_timeouts(timeouts: Timeouts) -> dict[str, str]:
    """Timeouts that differ from the requested ones, as the session has them."""
    requested = timeouts.milliseconds
    rows = await fetch(EFFECTIVE, list(requested))
    return {row["name"]: f"{row['setting']} ms" for row in rows if int(row["setting"]) != requested[row["name"]]}
