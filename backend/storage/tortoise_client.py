"""How the ORM reaches PostgreSQL: by the pool's connections, each bounded in what a statement may take."""

from dataclasses import dataclass
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connections

from backend.storage.pool import Pool

CONNECT_TIMEOUT_S = 2.0

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
    def settings(self) -> dict[str, str]:
        """As the server knows them."""
        return {
            "statement_timeout": f"{self.statement}s",
            "lock_timeout": f"{self.lock}s",
            "idle_in_transaction_session_timeout": f"{self.idle}s",
        }


OF_REQUESTS = Timeouts(statement=5, lock=3, idle=10)
OF_JOBS = Timeouts(statement=60, lock=10, idle=60)
OF_MIGRATIONS = Timeouts(statement=0, lock=10, idle=0)
"""A migration that waits for a lock holds up whoever comes after it: better that it fails and is run again."""


class NoResetConnection(asyncpg.Connection):  # type: ignore[misc]
    """Goes back without asking the server to reset it: no statement of ours changes the session.

    A transaction left open is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        """Nothing."""
        return ""


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


class Client(AsyncpgDBClient):
    """Tortoise's client, on our pool."""

    connection_class = NoResetConnection

    async def create_pool(self, **options: Any) -> Pool:
        """The pool, by Tortoise's options. Raises: what the driver says when it can open no connection."""
        pool: Pool = await Pool(**options)
        return pool

    @property
    def pool(self) -> Pool | None:
        """The pool; None before the first connection is asked for, and after the end."""
        return self._pool

    def _in_transaction(self) -> TransactionContext:
        return SafeTransaction(TransactionWrapper(self), self._pool_init_lock)


client_class = Client
"""What Tortoise looks for in the module that is named as its engine."""


def search_path(schema: str) -> dict[str, str]:
    """PostgreSQL's setting with which names are looked for in a schema, then where the extensions are."""
    return {"search_path": f"{schema}, public"} if schema else {}


def credentials(database_url: str, size: int, timeouts: Timeouts, schema: str = "") -> dict[str, Any]:
    """How the client connects: the URL's own choices win."""
    chosen: dict[str, Any] = expand_db_url(database_url)["credentials"]
    usual = {
        # What a migration makes may hide what a statement has found when it was prepared.
        **({"statement_cache_size": 0} if timeouts == OF_MIGRATIONS else {}),
        "minsize": 1,
        "maxsize": size,
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": timeouts.statement + TIMEOUT_GRACE_S if timeouts.statement else None,
        "max_cacheable_statement_size": MAX_PREPARED_CHARACTERS,
        "server_settings": timeouts.settings | SERVER_SETTINGS | search_path(schema),
        "application_name": "account-desk",
    }
    return usual | chosen
