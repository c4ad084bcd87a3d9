"""How many statements an operation may run, and how many connections it may hold at once.

Whoever calls the database within ``limited`` is counted, in whatever task: by the client that Tortoise is given here.
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
    """The operation has run as many statements as it may."""


class StatementBudget:
    """What is left of an operation's statements, and its share of the connections.

    A transaction counts as one statement and holds one connection, whatever is in it. ``statements`` None: no limit.
    """

    def __init__(self, statements: int | None, connections: int) -> None:
        self._left = statements
        self._share = asyncio.Semaphore(connections)
        self.is_exceeded = False
        """Whether a statement was refused."""

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Count what the block asks of the database, and the tasks that it starts."""
        token = _budget.set(self)
        try:
            yield
        finally:
            _budget.reset(token)

    async def take(self) -> None:
        """Wait for one's turn to hold a connection. Raises: TooManyStatements."""
        if self._left is not None:
            if self._left <= 0:
                self.is_exceeded = True
                raise TooManyStatements
            self._left -= 1
        await self._share.acquire()

    def give_back(self) -> None:
        """Another of the operation's statements may have a connection."""
        self._share.release()


class _Counted(TransactionContext):
    """A connection or a transaction of the budget at hand."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._paid_by: StatementBudget | None = None

    async def __aenter__(self) -> Any:
        budget = _budget.get()
        if budget is None:
            return await self._inner.__aenter__()
        await budget.take()
        try:
            entered = await self._inner.__aenter__()
        except BaseException:
            budget.give_back()
            raise
        self._paid_by = budget
        return entered

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        try:
            return await self._inner.__aexit__(kind, error, trace)
        finally:
            if self._paid_by is not None:
                self._paid_by.give_back()


class CountedClient(PooledClient):
    """Tortoise's client, whose connections and transactions are counted. Within a transaction nothing is."""

    def acquire_connection(self) -> Any:
        """A connection while a block runs. Raises: TooManyStatements."""
        return _Counted(super().acquire_connection())

    def _in_transaction(self) -> TransactionContext:
        return _Counted(super()._in_transaction())


client_class = CountedClient
"""What Tortoise looks for in the module that is named as its engine."""
