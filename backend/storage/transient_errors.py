"""Errors that do not depend on the statement: the database is away, full or too busy, or this process has no memory.

The same call may succeed later.
"""

import time

import asyncpg
from tortoise.exceptions import DBConnectionError, TransactionManagementError

TRANSIENT_ERRORS = (
    MemoryError,
    OSError,  # no way to the server, no answer in time
    DBConnectionError,
    asyncpg.InterfaceError,  # a connection that is closed, none that is free
    asyncpg.InternalClientError,  # a connection that the server is just closing
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # stopping, starting, a statement that took too long
    asyncpg.InsufficientResourcesError,  # disk, memory, connections
    asyncpg.PostgresSystemError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionRollbackError,  # undone for the sake of others, again and again
)

RETRY_AFTER_S = 2

WRITE_REFUSALS = (asyncpg.DiskFullError, asyncpg.ReadOnlySQLTransactionError)
"""Errors of a database that answers and refuses writes."""


WRITES_REFUSED_FOR_S = 10.0
"""How long after such an error the database counts as read-only, even if a small write succeeds."""


class WriteRefusals:
    """When the database last refused a write of this process."""

    def __init__(self) -> None:
        self._last_at: float | None = None

    def record(self, error: BaseException | None) -> None:
        """Record the time, when an error or one of its causes is such a refusal."""
        while error is not None:
            if isinstance(error, WRITE_REFUSALS):
                self._last_at = time.monotonic()
                return
            error = error.__cause__

    @property
    def is_recent(self) -> bool:
        """Whether it was within WRITES_REFUSED_FOR_S."""
        return self._last_at is not None and time.monotonic() - self._last_at < WRITES_REFUSED_FOR_S


write_refusals = WriteRefusals()


def is_transient_error(error: BaseException) -> bool:
    """Whether the database or this process failed; whether a transaction that was being committed was is unknown."""
    if isinstance(error, TransactionManagementError) and error.__cause__ is not None:
        return is_transient_error(error.__cause__)
    return isinstance(error, TRANSIENT_ERRORS)
