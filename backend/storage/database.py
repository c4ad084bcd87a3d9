"""The connection to PostgreSQL: configuration, opening and closing, transactions."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from asyncpg import Connection
from asyncpg.exceptions import InterfaceError, OperatorInterventionError, PostgresConnectionError
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.config import AppConfig, DBUrlConfig, TortoiseConfig
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError
from tortoise.transactions import in_transaction

APP = "desk"
MODELS = ["backend.identity.models", "backend.accounts.models", "backend.requests.models", "backend.mail.models"]

AWAY = (DBConnectionError, InterfaceError, PostgresConnectionError, OperatorInterventionError, OSError)
"""What statements raise while the database cannot be reached, or is being stopped."""


def configuration(database_url: str) -> TortoiseConfig:
    """Tortoise's configuration for one database."""
    return TortoiseConfig(
        connections={"default": DBUrlConfig(database_url)},
        apps={APP: AppConfig(models=MODELS, default_connection="default", migrations="backend.storage.migrations")},
        use_tz=True,
        timezone="UTC",
    )


class QuietConnection(Connection):  # type: ignore[misc]
    """Goes back to the pool without asking the server to reset it: no statement of ours changes the session.

    A transaction left open is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        """Nothing."""
        return ""


@asynccontextmanager
async def database(database_url: str) -> AsyncIterator[None]:
    """Connections to the database for as long as the block runs, in every task of this process."""
    context = await Tortoise.init(config=configuration(database_url), _enable_global_fallback=True)
    connection().connection_class = QuietConnection  # type: ignore[attr-defined]
    try:
        yield
    finally:
        await context.close_connections()


def transaction() -> TransactionContext:
    """One transaction around the block; inside another one, a savepoint."""
    return in_transaction()


def connection() -> BaseDBAsyncClient:
    """The connection of the transaction at hand, or the pool's outside one."""
    return get_connection("default")


def reading() -> AbstractAsyncContextManager[Connection]:
    """A connection of the driver itself: the transaction's at hand, or one of the pool while the block runs."""
    lent: AbstractAsyncContextManager[Connection] = connection().acquire_connection()
    return lent


async def fetch(sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a statement, of any kind that returns rows."""
    return await connection().execute_query_dict(sql, list(values))
