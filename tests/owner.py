"""The database's owner, who may do what the role that serves may not."""

from typing import Any

import asyncpg

from backend.settings import settings


async def by_owner(sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a statement, past the application."""
    connection = await asyncpg.connect(settings().owner_url)
    try:
        return [dict(row) for row in await connection.fetch(sql, *values)]
    finally:
        await connection.close()
