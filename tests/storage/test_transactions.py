"""A transaction that cannot begin leaves its task as it was: the next one begins on a connection that lives."""

import asyncio
from contextvars import Context

import asyncpg
import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper

from backend.settings import settings
from backend.storage.database import connection, fetch, transaction
from backend.storage.statement_budget import StatementBudget, TooManyStatements


async def test_a_task_whose_transaction_could_not_begin_begins_another(
    connected: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: TransactionWrapper) -> None:
        raise asyncpg.InterfaceError("the connection is closed")

    for _ in range(2 * settings().database_connections):
        with monkeypatch.context() as patched:
            patched.setattr(TransactionWrapper, "begin", fails)
            with pytest.raises(asyncpg.InterfaceError, match="the connection is closed"):
                async with transaction():
                    raise AssertionError
        assert not isinstance(connection(), TransactionWrapper)

    async with transaction():
        assert await fetch("SELECT 1 AS one") == [{"one": 1}]
    assert await fetch("SELECT 1 AS one") == [{"one": 1}]


async def test_a_task_of_another_context_reaches_the_database(connected: None) -> None:
    task = asyncio.create_task(fetch("SELECT 1 AS one"), context=Context())

    assert await task == [{"one": 1}]


async def test_a_transaction_is_one_statement_of_its_budget(connected: None) -> None:
    budget = StatementBudget(statements=1, connections=1)

    with budget.limited():
        async with transaction():
            await fetch("SELECT 1")
            await fetch("SELECT 1")
        with pytest.raises(TooManyStatements):
            async with transaction():
                raise AssertionError
