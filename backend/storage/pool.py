"""The pool of connections to PostgreSQL: asyncpg's own, with a fair queue in front of it."""

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from backend.storage.fair_semaphore import FairSemaphore

ACQUIRE_TIMEOUT_S = 2.0
"""How long a caller waits for a connection before it is refused."""

RELEASE_TIMEOUT_S = 3.0
"""In which a connection that comes back in the middle of something must be out of it, or it is hung up."""

CLOSE_TIMEOUT_S = 10.0
"""How long the end waits for connections that are in use: longer than a statement of a request may take."""

MAX_QUERIES = 1_000_000
"""Of a connection before it is replaced: what stays prepared on it is prepared anew."""

caller: ContextVar[str | None] = ContextVar("caller", default=None)
"""For whom this task works, such as a person or a network address: a full pool serves one caller after the other, and
one caller has half of it at most. None: work of the process itself."""


class NoConnection(asyncpg.InterfaceError):  # type: ignore[misc]
    """All connections are in use, or the pool is closed."""


class Pool(asyncpg.Pool):  # type: ignore[misc]
    """asyncpg's pool, which has no order among those who wait: here they wait in a ``FairSemaphore`` of its size."""

    def __init__(self, *, min_size: int, max_size: int, connection_class: type[Any], **connect_options: Any) -> None:
        super().__init__(
            min_size=min_size,
            max_size=max_size,
            max_queries=MAX_QUERIES,
            max_inactive_connection_lifetime=300.0,
            connection_class=connection_class,
            record_class=asyncpg.Record,
            **connect_options,
        )
        self._permits = FairSemaphore(max_size, share=(max_size + 1) // 2)
        self._callers: dict[PoolConnectionProxy, str | None] = {}

    async def acquire(self) -> PoolConnectionProxy:
        """A connection, to be awaited. Raises: NoConnection, and what the driver says when it can open none."""
        asking = caller.get()
        try:
            await self._permits.acquire(asking, ACQUIRE_TIMEOUT_S)
        except TimeoutError:
            raise NoConnection(f"no connection to the database within {ACQUIRE_TIMEOUT_S} s") from None
        try:
            connection = await super().acquire()
        except BaseException:
            self._permits.release(asking)
            raise
        self._callers[connection] = asking
        return connection

    async def release(self, connection: PoolConnectionProxy) -> None:
        """Take a connection back; a transaction that is open is rolled back. Once is enough, twice does no harm."""
        if connection not in self._callers:
            return
        asked = self._callers.pop(connection)
        try:
            # One that cannot be made fit for use in time is hung up by asyncpg, which opens another when asked.
            with suppress(TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                if connection._con is not None:
                    # asyncpg's own release makes a task of this, so that nobody breaks it off: 8 µs of the 20 that a
                    # statement pays for its connection. One that is broken off here is hung up, which does as well.
                    await connection._holder.release(RELEASE_TIMEOUT_S)
        finally:
            self._permits.release(asked)

    async def close(self) -> None:
        """Wait for what is in use, CLOSE_TIMEOUT_S at most, and hang up."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await super().close()
        except TimeoutError:
            self.terminate()

    @property
    def in_use(self) -> int:
        """How many connections somebody has."""
        return self._permits.in_use

    @property
    def exhausted_for_s(self) -> float:
        """Seconds since which every connection is in use and none came back; 0 while one can be had."""
        return self._permits.exhausted_for_s
