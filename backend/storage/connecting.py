"""Opening connections to PostgreSQL: every connection of this program, by a URL read as libpq reads it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from backend import postgres_url
from backend.settings import WrongSettings

CONNECT_TIMEOUT_S = 2.0
"""For each address, unless the URL has a ``connect_timeout``."""

POOLED = (
    "DATABASE_OWNER_URL: between us and the database stands a pooler that drops settings; name the database itself "
    '(docs/operations.md, "Behind PgBouncer")'
)

COUNT_APPLIED = "SELECT count(*) FROM pg_settings WHERE name = ANY($1) AND source IN ('client', 'session')"
"""Counts the settings that the session got as it requested them."""

NEXT_ADDRESS = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)
"""Errors after which the next address is tried; others, such as a wrong password, would recur there."""


async def connect(
    dsn: str,
    *,
    timeout: float = CONNECT_TIMEOUT_S,  # noqa: ASYNC109 - asyncpg's own option, for each address
    server_settings: Mapping[str, str] | None = None,
    **options: Any,
) -> asyncpg.Connection:
    """Open a connection to the first address of the URL that accepts one and fits ``target_session_attrs``.

    Settings of the server that the URL chooses win over ``server_settings``. Raises: the driver's error of the last
    address, or of the URL.
    """
    try:
        parsed = postgres_url.read(dsn)
    except ValueError as unreadable:  # such as a certificate that is just being replaced
        raise asyncpg.exceptions.ClientConfigurationError(str(unreadable)) from None
    requested_settings = {
        name: value for name, value in (server_settings or {}).items() if name not in parsed.server_settings
    }
    targets = ("standby", "any") if parsed.target == "prefer-standby" else (parsed.target,)
    last_error: Exception | None = None
    for target in targets:
        for host, port in parsed.addresses:
            try:
                return await asyncpg.connect(
                    parsed.url,
                    host=host,
                    port=port,
                    timeout=parsed.connect_timeout or timeout,
                    server_settings=requested_settings,
                    target_session_attrs=target,
                    **options,
                )
            except NEXT_ADDRESS as error:
                last_error = error
    assert last_error
    raise last_error


@asynccontextmanager
async def direct_connection(url: str, server_settings: Mapping[str, str]) -> AsyncIterator[asyncpg.Connection]:
    """A connection without a pooler in between while the block runs. Raises: WrongSettings, where there is one."""
    connection = await connect(url, server_settings=server_settings)
    try:
        applied = await connection.fetchval(COUNT_APPLIED, list(server_settings))
        if applied != len(server_settings):
            raise WrongSettings(POOLED)
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def advisory_lock(
    url: str, key: int, server_settings: Mapping[str, str], wait_s: float
) -> AsyncIterator[asyncpg.Connection]:
    """Hold an advisory lock while the block runs, by a transaction of the connection that is yielded.

    The lock ends with that transaction. ``wait_s``: seconds to wait for it, 0 for ever. Raises: WrongSettings, a pooler
    stands before the database; asyncpg.LockNotAvailableError.
    """
    async with direct_connection(url, server_settings) as connection, connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = {wait_s * 1000:.0f}")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", key)
        yield connection
