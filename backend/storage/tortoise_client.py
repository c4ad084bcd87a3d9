"""The ORM's client: Tortoise on our pool, with timeouts of statements, locks and idle transactions."""

from dataclasses import dataclass
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

from backend.storage.connecting import connect
from backend.storage.pool import Pool

SERVER_SETTINGS = {"jit": "off", "random_page_cost": "1.1"}
"""PostgreSQL's settings for each connection: no statement is worth compiling, and the data is in memory."""

MAX_PREPARED_CHARACTERS = 32_000
"""Length of a statement that stays prepared; the longest, of lists whose rows SQL renders, has a few thousand."""

TIMEOUT_GRACE_S = 3.0
"""Added to the statement timeout on our side: without an answer by then the connection counts as dead."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that PostgreSQL gives a statement, a lock, and a transaction that does nothing; 0: for ever."""

    statement: float
    lock: float
    idle: float

    @property
    def milliseconds(self) -> dict[str, int]:
        """In milliseconds, by PostgreSQL's names of the settings."""
        return {
            "statement_timeout": round(self.statement * 1000),
            "lock_timeout": round(self.lock * 1000),
            "idle_in_transaction_session_timeout": round(self.idle * 1000),
        }

    @property
    def settings(self) -> dict[str, str]:
        """As PostgreSQL's settings, with their unit."""
        return {name: f"{milliseconds}ms" for name, milliseconds in self.milliseconds.items()}


OF_REQUESTS = Timeouts(statement=5, lock=3, idle=10)
OF_JOBS = Timeouts(statement=60, lock=10, idle=60)
OF_MIGRATIONS = Timeouts(statement=0, lock=10, idle=0)
"""A migration that waits for a lock blocks all statements behind it: it fails instead, to be run again."""


OF_THE_URL = {"host", "port", "user", "password", "database"}
"""Options of Tortoise that the driver reads from the URL."""


class NoResetConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is released without a reset statement: no statement of ours changes the session.

    An open transaction is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        """No statement."""
        return ""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own form
        """Roll back what is open. Else there is nothing to wait for, and no timer is set: 4 µs of each release."""
        if self.is_in_transaction():
            await super().reset(timeout=timeout)


class SafeTransaction(TransactionContextPooled):
    """A transaction that releases its connection also when it fails to begin."""

    async def __aenter__(self) -> TransactionalDBClient:
        """Begin. Raises: the driver's error when the database is away."""
        try:
            return await super().__aenter__()
        except BaseException:
            # Tortoise has set the connection as the task's current one by then, and would not reset it.
            if hasattr(self, "token"):
                get_connections().reset(self.token)
                await self.client._parent._pool.release(self.client._connection)
            raise


class PooledClient(AsyncpgDBClient):
    """Tortoise's client, on our pool."""

    connection_class = NoResetConnection

    def __init__(self, dsn: str, **options: Any) -> None:
        # Not among the options, which Tortoise writes to the log.
        self._dsn = dsn
        super().__init__(**options)

    async def create_pool(self, **options: Any) -> Pool:
        """Open the pool with Tortoise's options. Raises: the driver's error when it can open no connection."""
        pool_options = {name: value for name, value in options.items() if name not in OF_THE_URL}
        pool: Pool = await Pool(dsn=self._dsn, connect=connect, **pool_options)
        return pool

    @property
    def pool(self) -> Pool | None:
        """The pool; None before the first connection is requested, and after closing."""
        return self._pool

    def _in_transaction(self) -> TransactionContext:
        return SafeTransaction(TransactionWrapper(self), self._pool_init_lock)


client_class = PooledClient
"""The name that Tortoise imports from the module of its engine."""


def search_path(schema: str) -> dict[str, str]:
    """PostgreSQL's setting that looks names up in a schema, then in that of the extensions."""
    return {"search_path": f"{schema}, public"} if schema else {}


def server_settings(timeouts: Timeouts, schema: str = "") -> dict[str, str]:
    """The settings that each session requests, unless the URL chooses them."""
    return timeouts.settings | SERVER_SETTINGS | search_path(schema) | {"application_name": "account-desk"}


def credentials(
    database_url: str, size: int, timeouts: Timeouts, schema: str = "", *, prepared_statements: bool = True
) -> dict[str, Any]:
    """The connection options of the client."""
    return {
        "dsn": database_url,
        # A migration may create tables that hide those that a prepared statement refers to.
        **({} if prepared_statements and timeouts != OF_MIGRATIONS else {"statement_cache_size": 0}),
        "minsize": 1,
        "maxsize": size,
        "command_timeout": timeouts.statement + TIMEOUT_GRACE_S if timeouts.statement else None,
        "max_cacheable_statement_size": MAX_PREPARED_CHARACTERS,
        "server_settings": server_settings(timeouts, schema),
    }
