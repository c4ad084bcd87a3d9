"""SQL as the role that owns the tables."""

from typing import Any

import asyncpg

from backend.settings import settings


async def by_owner(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Execute a statement as the owner. Returns its rows."""
    connection = await asyncpg.connect(settings().owner_url)
    try:
        return [dict(row) for row in await connection.fetch(sql, *values)]
    finally:
        await connection.close()
