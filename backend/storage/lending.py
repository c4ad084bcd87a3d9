"""Connections to PostgreSQL, at most so many: lent in the order in which they are asked for, and for no longer waited.

Whoever asks while one is free gets it at once, without a turn of the event loop, a clock or an object of its own: a
page asks three times.
"""

import asyncio
from asyncio import Future, Task
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
from asyncpg import Connection

LENT_WITHIN = 2.0
"""Seconds that a caller waits for a connection before it is told that there is none."""

TIDIED_WITHIN = 3.0
"""Seconds in which a connection that comes back in the middle of something must be out of it, or it is hung up."""

BACK_WITHIN = 10.0
"""Seconds that the end waits for what is lent: longer than a statement of a request may take."""


class NoConnection(asyncpg.InterfaceError):  # type: ignore[misc]
    """All connections are lent, or no new one can be made."""


class Lender:
    """Keeps the connections. A *place* is the right to one: it is counted from before it is opened until it is lost."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._places = 0
        self._free: list[Connection] = []
        self._lent: set[Connection] = set()
        self._waiting: deque[Future[Connection | None]] = deque()
        self._tidying: set[Task[None]] = set()
        self._closed = False
        self._all_back = asyncio.Event()

    async def acquire(self) -> Connection:
        """A connection. Raises: NoConnection, and what the driver says when it can open none."""
        if self._closed:
            raise NoConnection("the connections to the database are closed")
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                self._lent.add(connection)
                return connection
            self._places -= 1
        if self._places < self._size:
            self._places += 1
            return await self._opened()
        connection = await self._in_turn()
        if connection is None or connection.is_closed():
            return await self._opened()
        self._lent.add(connection)
        return connection

    async def release(self, connection: Connection) -> None:
        """Take a connection back; a transaction that is open is rolled back."""
        if not connection.is_closed() and (connection.is_in_transaction() or connection._protocol._is_cancelling()):
            tidying = asyncio.create_task(self._tidy(connection))
            self._tidying.add(tidying)
            tidying.add_done_callback(self._tidying.discard)
            await asyncio.shield(tidying)
        else:
            self._take_back(connection)

    async def close(self) -> None:
        """Wait for what is lent, not for ever, and hang up."""
        self._closed = True
        while self._waiting:
            self._refuse(self._waiting.popleft())
        if self._lent:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_back.wait(), BACK_WITHIN)
        for connection in self._free:
            await connection.close()
        self.terminate()

    def terminate(self) -> None:
        """Hang up at once."""
        for connection in (*self._lent, *self._free):
            connection.terminate()

    async def _opened(self) -> Connection:
        """A new connection in a place that is counted."""
        try:
            connection = await self._connect()
        except BaseException:
            self._pass_on(None)
            raise
        self._lent.add(connection)
        return connection

    async def _in_turn(self) -> Connection | None:
        """What somebody else gives back: a connection, or the place of one that is lost."""
        loop = asyncio.get_running_loop()
        waiter: Future[Connection | None] = loop.create_future()
        self._waiting.append(waiter)
        patience = loop.call_later(LENT_WITHIN, self._refuse, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # It came at the very moment at which nobody wanted it any more.
                self._pass_on(waiter.result())
            raise
        finally:
            patience.cancel()

    async def _tidy(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(TIDIED_WITHIN):
                await connection._protocol._wait_for_cancellation(None)
                await connection.reset()
        except Exception:  # whatever it is, the connection is of no use any more
            connection.terminate()
        self._take_back(connection)

    def _take_back(self, connection: Connection) -> None:
        self._lent.discard(connection)
        if connection.is_closed():
            connection.terminate()  # the driver forgets what it kept for it
            self._pass_on(None)
        else:
            self._pass_on(connection)
        if self._closed and not self._lent:
            self._all_back.set()

    def _pass_on(self, connection: Connection | None) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is None:
            self._places -= 1
        else:
            self._free.append(connection)

    @staticmethod
    def _refuse(waiter: Future[Any]) -> None:
        if not waiter.done():
            waiter.set_exception(NoConnection(f"no connection to the database within {LENT_WITHIN} s"))
