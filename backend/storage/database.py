"""The connection to PostgreSQL: configuration, opening and closing, transactions."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from asyncpg import Connection
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.config import AppConfig, ConnectionConfig, TortoiseConfig
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from backend.settings import settings
from backend.storage import statement_budget
from backend.storage.pool import Pool
from backend.storage.tortoise_client import OF_REQUESTS, PooledClient, Timeouts, credentials

APP = "desk"
MODELS = ["backend.identity.models", "backend.accounts.models", "backend.requests.models", "backend.mail.models"]


def configuration(database_url: str, timeouts: Timeouts = OF_REQUESTS, schema: str = "") -> TortoiseConfig:
    """Tortoise's configuration for one database, in the schema that is named or in the role's usual one."""
    options = credentials(
        database_url,
        settings().database_connections,
        timeouts,
        schema,
        prepared_statements=settings().database_prepared_statements,
    )
    return TortoiseConfig(
        connections={"default": ConnectionConfig(engine=statement_budget.__name__, credentials=options)},
        apps={APP: AppConfig(models=MODELS, default_connection="default", migrations="backend.storage.migrations")},
        use_tz=True,
        timezone="UTC",
    )


@asynccontextmanager
async def database(database_url: str, timeouts: Timeouts = OF_REQUESTS, schema: str = "") -> AsyncIterator[None]:
    """Open the pool while the block runs, for every task of this process."""
    context = await Tortoise.init(config=configuration(database_url, timeouts, schema), _enable_global_fallback=True)
    try:
        yield
    finally:
        await context.close_connections()


def transaction() -> TransactionContext:
    """A transaction around the block; a savepoint inside another one."""
    return in_transaction()


def connection() -> BaseDBAsyncClient:
    """The client of the current transaction, or of the pool outside one."""
    return get_connection("default")


def pool() -> Pool | None:
    """The pool of this process; None before its first connection is requested. Not for use inside a transaction."""
    client = connection()
    assert isinstance(client, PooledClient)
    return client.pool


def reading() -> AbstractAsyncContextManager[Connection]:
    """A connection of the driver while the block runs: the current transaction's, or one of the pool."""
    acquired: AbstractAsyncContextManager[Connection] = connection().acquire_connection()
    return acquired


async def fetch(sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a statement, of any kind that returns rows; rows of a whole model are read by ``rows.read``."""
    return await connection().execute_query_dict(sql, list(values))


async def execute(sql: str, *values: Any) -> None:
    """Run one statement that returns nothing; several that belong together are one by ``batch.execute_together``."""
    await connection().execute_query_dict(sql, list(values))
