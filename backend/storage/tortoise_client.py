"""How the ORM reaches PostgreSQL: by the pool's connections, each bounded in what a statement may take."""

from dataclasses import dataclass
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

from backend.storage.connecting import connect
from backend.storage.pool import Pool

SERVER_SETTINGS = {"jit": "off", "random_page_cost": "1.1"}
"""PostgreSQL's settings for each connection: nothing of ours is worth compiling, and what it reads lies in memory."""

MAX_PREPARED_CHARACTERS = 32_000
"""Of a statement that stays prepared on a connection; that of a list whose rows SQL renders has a few thousand."""

TIMEOUT_GRACE_S = 3.0
"""Seconds after a statement's time in which the server must have said so; else the line to it is dead."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that PostgreSQL gives a statement, a lock, and a transaction that does nothing; 0: for ever."""

    statement: float
    lock: float
    idle: float

    @property
    def milliseconds(self) -> dict[str, int]:
        """By the names that the server has for them."""
        return {
            "statement_timeout": round(self.statement * 1000),
            "lock_timeout": round(self.lock * 1000),
            "idle_in_transaction_session_timeout": round(self.idle * 1000),
        }

    @property
    def settings(self) -> dict[str, str]:
        """As the server takes them."""
        return {name: f"{milliseconds}ms" for name, milliseconds in self.milliseconds.items()}


OF_REQUESTS = Timeouts(statement=5, lock=3, idle=10)
OF_JOBS = Timeouts(statement=60, lock=10, idle=60)
OF_MIGRATIONS = Timeouts(statement=0, lock=10, idle=0)
"""A migration that waits for a lock holds up whoever comes after it: better that it fails and is run again."""


OF_THE_URL = {"host", "port", "user", "password", "database"}
"""Options of Tortoise's that the URL itself tells the driver."""


class NoResetConnection(asyncpg.Connection):  # type: ignore[misc]
    """Goes back without asking the server to reset it: no statement of ours changes the session.

    A transaction left open is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        """Nothing."""
        return ""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own form
        """Roll back what is open. Else there is nothing to wait for, and no timer is set: 4 µs of each release."""
        if self.is_in_transaction():
            await super().reset(timeout=timeout)


class SafeTransaction(TransactionContextPooled):
    """A transaction whose connection is released, and is its task's no longer, also when it cannot even begin."""

    async def __aenter__(self) -> TransactionalDBClient:
        """Begin. Raises: what the database says when it is away."""
        try:
            return await super().__aenter__()
        except BaseException:
            # Tortoise has made the connection the task's own by then, and would leave it so.
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
        """The pool, by Tortoise's options. Raises: what the driver says when it can open no connection."""
        kept = {name: value for name, value in options.items() if name not in OF_THE_URL}
        pool: Pool = await Pool(dsn=self._dsn, connect=connect, **kept)
        return pool

    @property
    def pool(self) -> Pool | None:
        """The pool; None before the first connection is asked for, and after the end."""
        return self._pool

    def _in_transaction(self) -> TransactionContext:
        return SafeTransaction(TransactionWrapper(self), self._pool_init_lock)


client_class = PooledClient
"""What Tortoise looks for in the module that is named as its engine."""


def search_path(schema: str) -> dict[str, str]:
    """PostgreSQL's setting with which names are looked for in a schema, then where the extensions are."""
    return {"search_path": f"{schema}, public"} if schema else {}


def server_settings(timeouts: Timeouts, schema: str = "") -> dict[str, str]:
    """What each session asks of the server, unless the URL has chosen it."""
    return timeouts.settings | SERVER_SETTINGS | search_path(schema) | {"application_name": "account-desk"}


def credentials(
    database_url: str, size: int, timeouts: Timeouts, schema: str = "", *, prepared_statements: bool = True
) -> dict[str, Any]:
    """How the client connects."""
    return {
        "dsn": database_url,
        # What a migration makes may hide what a statement has found when it was prepared.
        **({} if prepared_statements and timeouts != OF_MIGRATIONS else {"statement_cache_size": 0}),
        "minsize": 1,
        "maxsize": size,
        "command_timeout": timeouts.statement + TIMEOUT_GRACE_S if timeouts.statement else None,
        "max_cacheable_statement_size": MAX_PREPARED_CHARACTERS,
        "server_settings": server_settings(timeouts, schema),
    }
