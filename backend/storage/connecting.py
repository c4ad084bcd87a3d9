"""How this program opens a connection to PostgreSQL, whatever for: by the URL, as libpq means it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from backend import postgres_url
from backend.settings import WrongSettings

CONNECT_TIMEOUT_S = 2.0
"""Seconds for each address, unless the URL has a ``connect_timeout``."""

POOLED = (
    "DATABASE_OWNER_URL: between us and the database stands a pooler that drops settings; name the database itself "
    '(docs/operations.md, "Behind PgBouncer")'
)

COUNT_OF_KEPT = "SELECT count(*) FROM pg_settings WHERE name = ANY($1) AND source IN ('client', 'session')"
"""Of settings that a session has as it asked for them."""

NEXT_ADDRESS = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)
"""Errors after which the next address is tried; the rest, such as a wrong password, would be the same there."""


async def connect(
    dsn: str,
    *,
    timeout: float = CONNECT_TIMEOUT_S,  # noqa: ASYNC109 - asyncpg's own option, for each address
    server_settings: Mapping[str, str] | None = None,
    **options: Any,
) -> asyncpg.Connection:
    """Open a connection to the first address of the URL that takes one and is as ``target_session_attrs`` wants it.

    Of the settings of the server the URL's own win. Raises: what the driver says of the last address, or of the
    URL.
    """
    try:
        found = postgres_url.read(dsn)
    except ValueError as unreadable:  # such as a certificate that is just being replaced
        raise asyncpg.exceptions.ClientConfigurationError(str(unreadable)) from None
    chosen = {name: value for name, value in (server_settings or {}).items() if name not in found.server_settings}
    targets = ("standby", "any") if found.target == "prefer-standby" else (found.target,)
    refusal: Exception | None = None
    for target in targets:
        for host, port in found.addresses:
            try:
                return await asyncpg.connect(
                    found.url,
                    host=host,
                    port=port,
                    timeout=found.connect_timeout or timeout,
                    server_settings=chosen,
                    target_session_attrs=target,
                    **options,
                )
            except NEXT_ADDRESS as failure:
                refusal = failure
    assert refusal
    raise refusal


@asynccontextmanager
async def direct_connection(url: str, server_settings: Mapping[str, str]) -> AsyncIterator[asyncpg.Connection]:
    """A session of the database itself while the block runs. Raises: WrongSettings, a pooler stands before it."""
    connection = await connect(url, server_settings=server_settings)
    try:
        kept = await connection.fetchval(COUNT_OF_KEPT, list(server_settings))
        if kept != len(server_settings):
            raise WrongSettings(POOLED)
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def advisory_lock(
    url: str, key: int, server_settings: Mapping[str, str], wait_s: float
) -> AsyncIterator[asyncpg.Connection]:
    """Hold a lock of the database while the block runs, by a transaction of the connection that is yielded.

    It ends with that transaction: nothing between us and the database can keep it. ``wait_s``: seconds, 0 for ever.
    Raises: WrongSettings, a pooler stands before the database; asyncpg.LockNotAvailableError.
    """
    async with direct_connection(url, server_settings) as connection, connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = {wait_s * 1000:.0f}")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", key)
        yield connection
