"""The SQL statements that this process executes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg


@contextmanager
def each_statement(done: Callable[[str], None]) -> Iterator[None]:
    """Call ``done`` with each statement that PostgreSQL has executed for this process."""
    plain_text, prepared = asyncpg.Connection.execute, asyncpg.Connection._do_execute

    async def execute(self: Any, query: str, *args: Any, **more: Any) -> Any:
        answer = await plain_text(self, query, *args, **more)
        if not args:  # else it came by the other way
            done(query)
        return answer

    async def do_execute(self: Any, query: str, *args: Any, **more: Any) -> Any:
        answer = await prepared(self, query, *args, **more)
        done(query)
        return answer

    asyncpg.Connection.execute, asyncpg.Connection._do_execute = execute, do_execute
    try:
        yield
    finally:
        asyncpg.Connection.execute, asyncpg.Connection._do_execute = plain_text, prepared
