"""Limits of one operation: how many statements it runs, and how many connections it holds at a time.

Every statement within ``limited`` is counted, in all tasks that it starts, by the Tortoise client of this module.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from tortoise.backends.base.client import TransactionContext

from backend.storage.tortoise_client import PooledClient

_budget: ContextVar["StatementBudget | None"] = ContextVar("statement_budget", default=None)


class TooManyStatements(Exception):
    """The operation has used up its statements."""


class StatementBudget:
    """The statements that an operation has left, and its connections.

    A transaction counts as one statement and holds one connection, whatever is in it. ``statements`` None: no limit.
    """

    def __init__(self, statements: int | None, connections: int) -> None:
        self._left = statements
        self._share = asyncio.Semaphore(connections)
        self.is_exceeded = False
        """Whether a statement was refused because none was left."""

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Count the statements of the block, and of the tasks that it starts."""
        token = _budget.set(self)
        try:
            yield
        finally:
            _budget.reset(token)

    async def acquire(self) -> None:
        """Count a statement, and wait until the operation may hold a connection for it. Raises: TooManyStatements."""
        if self._left is not None:
            if self._left <= 0:
                self.is_exceeded = True
                raise TooManyStatements
            self._left -= 1
        await self._share.acquire()

    def release(self) -> None:
        """Return the connection to the operation's other statements."""
        self._share.release()


class _Counted(TransactionContext):
    """A connection or a transaction that the current budget counts."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._budget: StatementBudget | None = None

    async def __aenter__(self) -> Any:
        budget = _budget.get()
        if budget is None:
            return await self._inner.__aenter__()
        await budget.acquire()
        try:
            entered = await self._inner.__aenter__()
        except BaseException:
            budget.release()
            raise
        self._budget = budget
        return entered

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        try:
            return await self._inner.__aexit__(kind, error, trace)
        finally:
            if self._budget is not None:
                self._budget.release()


class CountedClient(PooledClient):
    """Tortoise's client that counts connections and transactions; statements within a transaction are not counted."""

    def acquire_connection(self) -> Any:
        """A connection while a block runs. Raises: TooManyStatements."""
        return _Counted(super().acquire_connection())

    def _in_transaction(self) -> TransactionContext:
        return _Counted(super()._in_transaction())


client_class = CountedClient
"""The name that Tortoise imports from the module of its engine."""
