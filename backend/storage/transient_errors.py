"""Errors that say nothing of what was asked: the database is away, full or too busy, or we have no memory left for it.

The same again may do.
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
"""Seconds."""

WRITE_REFUSALS = (asyncpg.DiskFullError, asyncpg.ReadOnlySQLTransactionError)
"""The database answers, and takes no writes."""


WRITES_REFUSED_FOR_S = 10.0
"""So long after a write was refused the database counts as one that takes none, whatever a small one finds."""


class WriteRefusals:
    """When the database last refused what this process wrote."""

    def __init__(self) -> None:
        self._last_at: float | None = None

    def note(self, error: BaseException | None) -> None:
        """See whether a failure, or what is behind it, is such a refusal."""
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
    """Whether database or process could not do its part; nothing is known of a transaction that was being committed."""
    if isinstance(error, TransactionManagementError) and error.__cause__ is not None:
        return is_transient_error(error.__cause__)
    return isinstance(error, TRANSIENT_ERRORS)
