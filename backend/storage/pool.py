"""The pool of connections to PostgreSQL: asyncpg's own, with a fair queue in front of it."""

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from backend.storage.fair_semaphore import FairSemaphore

ACQUIRE_TIMEOUT_S = 2.0
"""After which a caller that waits for a connection gets NoConnection."""

RELEASE_TIMEOUT_S = 3.0
"""Within which a released connection must have ended its statement and transaction; else it is closed."""

CLOSE_TIMEOUT_S = 10.0
"""How long closing waits for connections in use: longer than the statement timeout of requests."""

MAX_QUERIES = 1_000_000
"""Of a connection before it is replaced; each replacement prepares its statements again."""

caller: ContextVar[str | None] = ContextVar("caller", default=None)
"""For whom this task works, such as a person or a network address: a full pool serves its callers in turn, and one
caller holds half of it at most. None: work of the process itself."""


class NoConnection(asyncpg.InterfaceError):  # type: ignore[misc]
    """All connections are in use, or the pool is closed."""


class Pool(asyncpg.Pool):  # type: ignore[misc]
    """asyncpg's pool with a fair order: callers wait in a ``FairSemaphore`` of its size."""

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
        """Acquire a connection. Raises: NoConnection, and the driver's error when it can open none."""
        key = caller.get()
        try:
            await self._permits.acquire(key, ACQUIRE_TIMEOUT_S)
        except TimeoutError:
            raise NoConnection(f"no connection to the database within {ACQUIRE_TIMEOUT_S} s") from None
        try:
            connection = await super().acquire()
        except BaseException:
            self._permits.release(key)
            raise
        self._callers[connection] = key
        return connection

    async def release(self, connection: PoolConnectionProxy) -> None:
        """Take a connection back, and roll back its open transaction. A second call for it does nothing."""
        if connection not in self._callers:
            return
        key = self._callers.pop(connection)
        try:
            # asyncpg closes a connection that it cannot reset in time, and opens another when needed.
            with suppress(TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                if connection._con is not None:
                    # asyncpg's own release makes a task of this, so that nobody breaks it off: 8 µs of the 20 that a
                    # statement pays for its connection. One that is broken off here is hung up, which does as well.
                    await connection._holder.release(RELEASE_TIMEOUT_S)
        finally:
            self._permits.release(key)

    async def close(self) -> None:
        """Wait up to CLOSE_TIMEOUT_S for connections in use, and close all."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await super().close()
        except TimeoutError:
            self.terminate()

    @property
    def in_use(self) -> int:
        """The number of connections in use."""
        return self._permits.in_use

    @property
    def exhausted_for_s(self) -> float:
        """Seconds for which all connections have been in use and none was released; 0 while one is free."""
        return self._permits.exhausted_for_s
