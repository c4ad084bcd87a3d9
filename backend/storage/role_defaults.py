"""Settings of the role that serves, as the server keeps them: a pooler may drop what a session asks for."""

from contextlib import suppress

import structlog

from backend.storage.connecting import connect
from backend.storage.database import fetch
from backend.storage.tortoise_client import OF_REQUESTS, SERVER_SETTINGS, Timeouts, server_settings

log = structlog.get_logger()

LOCK = 7_203_341_600
"""Advisory: two processes cannot change the defaults of a role at once."""

DATABASE = "SELECT quote_ident(current_database())"

EFFECTIVE = "SELECT name, setting FROM pg_settings WHERE name = ANY($1)"


async def keep_settings(database_url: str) -> None:
    """Make the settings of a server process the role's own in this database, for sessions that choose none.

    The URL names the role that serves, which may do so for itself. Raises: what the driver says.
    """
    connection = await connect(database_url, server_settings=server_settings(OF_REQUESTS))
    try:
        database = await connection.fetchval(DATABASE)
        kept = OF_REQUESTS.settings | SERVER_SETTINGS
        changes = [
            f"ALTER ROLE CURRENT_USER IN DATABASE {database} SET {name} = '{value}'" for name, value in kept.items()
        ]
        # Sent as one message, which is one transaction also where a pooler hands out a connection for each.
        await connection.execute(";".join((f"SELECT pg_advisory_xact_lock({LOCK})", *changes)))
    finally:
        await connection.close()


async def warn_of_lost_timeouts(asked: Timeouts) -> None:
    """Say it in the logs when the database does not end what takes longer than this process asked for."""
    with suppress(Exception):  # whatever keeps the database from answering is said by whoever needs it
        lost = await lost_timeouts(asked)
        if lost:
            log.warning("the database has other timeouts than this process asks for", **lost, docs="docs/operations.md")


async def lost_timeouts(asked: Timeouts) -> dict[str, str]:
    """Timeouts that are others than those asked for, as the database has them."""
    wanted = asked.milliseconds
    rows = await fetch(EFFECTIVE, list(wanted))
    return {row["name"]: f"{row['setting']} ms" for row in rows if int(row["setting"]) != wanted[row["name"]]}
