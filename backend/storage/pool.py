"""How the ORM reaches PostgreSQL: by connections that are lent, each bounded in what a statement may take."""

from dataclasses import dataclass
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connections

from backend.storage.lending import Lender

CONNECTED_WITHIN = 2.0

FOR_SHORT_STATEMENTS = {"jit": "off", "random_page_cost": "1.1"}
"""PostgreSQL's settings for each connection: nothing of ours is worth compiling, and what it reads lies in memory."""

LONGEST_KEPT = 32_000
"""Characters of a statement that stays prepared on a connection; of a list that tells its rows, a few thousand."""

GRACE = 3.0
"""Seconds after a statement's time in which the server must have said so; else the line to it is dead."""


@dataclass(frozen=True, slots=True)
class Patience:
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


OF_REQUESTS = Patience(statement=5, lock=3, idle=10)
OF_JOBS = Patience(statement=60, lock=10, idle=60)
OF_MIGRATIONS = Patience(statement=0, lock=10, idle=0)
"""A migration that waits for a lock holds up whoever comes after it: better that it fails and is run again."""


class QuietConnection(asyncpg.Connection):  # type: ignore[misc]
    """Goes back without asking the server to reset it: no statement of ours changes the session.

    A transaction left open is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        """Nothing."""
        return ""


class Begun(TransactionContextPooled):
    """A transaction whose connection goes back, and is out of its task's sight, also when it cannot even begin."""

    async def __aenter__(self) -> TransactionalDBClient:
        """Begin. Raises: what the database says when it is away."""
        try:
            return await super().__aenter__()
        except BaseException:
            # Tortoise has shown the connection to the task by then; nobody would take it out of sight again.
            if hasattr(self, "token"):
                get_connections().reset(self.token)
                await self.client._parent._pool.release(self.client._connection)
            raise


class Client(AsyncpgDBClient):
    """Tortoise's client, on connections that we lend."""

    connection_class = QuietConnection

    async def create_pool(self, **choices: Any) -> Any:
        """What lends connections of Tortoise's choices. Raises: what the driver says when it can open none."""
        first, most = choices.pop("min_size"), choices.pop("max_size")
        lender = Lender(lambda: asyncpg.connect(**choices), most)
        for connection in [await lender.acquire() for _ in range(first)]:
            await lender.release(connection)
        return lender

    def _in_transaction(self) -> TransactionContext:
        return Begun(TransactionWrapper(self), self._pool_init_lock)


client_class = Client
"""What Tortoise looks for in the module that is named as its engine."""


def credentials(database_url: str, size: int, patience: Patience) -> dict[str, Any]:
    """How the client connects: the URL's own choices win."""
    chosen: dict[str, Any] = expand_db_url(database_url)["credentials"]
    usual = {
        "minsize": 1,
        "maxsize": size,
        "timeout": CONNECTED_WITHIN,
        "command_timeout": patience.statement + GRACE if patience.statement else None,
        "max_cacheable_statement_size": LONGEST_KEPT,
        "server_settings": patience.settings | FOR_SHORT_STATEMENTS,
        "application_name": "account-desk",
    }
    return usual | chosen
