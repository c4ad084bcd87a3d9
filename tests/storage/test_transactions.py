"""A transaction that cannot begin leaves its task as it was: the next one begins on a connection that lives."""

import asyncpg
import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper

from backend.settings import settings
from backend.storage.database import connection, fetch, transaction


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
