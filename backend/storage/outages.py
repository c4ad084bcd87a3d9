"""Errors that say nothing of what was asked: the database is away, full or too busy, or we have no memory left for it.

The same again may do.
"""

import asyncpg
from tortoise.exceptions import DBConnectionError, TransactionManagementError

OUTAGES = (
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

TRY_AGAIN_AFTER = 2
"""Seconds."""


def is_outage(error: BaseException) -> bool:
    """Whether database or process could not do its part; nothing is known of a transaction that was being committed."""
    if isinstance(error, TransactionManagementError) and error.__cause__ is not None:
        return is_outage(error.__cause__)
    return isinstance(error, OUTAGES)
