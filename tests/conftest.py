"""Fixtures for all tests."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from redis.asyncio import Redis

from backend.embedded.databases import create_database, database_name, drop_database, with_database, with_role
from backend.embedded.postgres import OWNER, RUNTIME
from backend.settings import settings
from backend.storage.database import database
from backend.storage.migrator import migrate
from tests.desk import Desk
from tests.running import running_desk

if TYPE_CHECKING:
    from tests.servers import MailServer

pytest_plugins = ["tests.servers", "tests.serving", "tests.promises"]


@pytest.fixture(scope="session")
async def migrated_url(postgres_url: str) -> str:
    """A database with all tables and no rows, to be copied, as the plain role that owns it."""
    url = await create_database(postgres_url, f"test_{uuid4().hex}", owner=OWNER)
    await migrate(url, RUNTIME)
    return url


@pytest.fixture
async def owner_url(postgres_url: str, migrated_url: str) -> AsyncIterator[str]:
    """A database of the test's own, with all tables, as the plain role that owns it."""
    name = f"test_{uuid4().hex}"
    yield await create_database(postgres_url, name, template=database_name(migrated_url), owner=OWNER)
    await drop_database(with_database(postgres_url, name))


@pytest.fixture
def database_url(owner_url: str) -> str:
    """The same database, as the role that serves."""
    return with_role(owner_url, RUNTIME)


@pytest.fixture
async def environment(
    database_url: str,
    owner_url: str,
    valkey_url: str,
    smtp_server: "MailServer",
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[pytest.MonkeyPatch]:
    """The settings of a process on the test's servers; hashing is cheap, and nobody calls or files too often."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATABASE_OWNER_URL", owner_url)
    monkeypatch.setenv("REDIS_URL", valkey_url)
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    monkeypatch.setenv("EMP_ARGON2_MEMORY_KIB", "8")
    monkeypatch.setenv("EMP_ARGON2_PASSES", "1")
    monkeypatch.setenv("EMP_SECOND_FACTOR_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("EMP_CALLS_PER_MINUTE_PER_ADDRESS", "0")
    monkeypatch.setenv("EMP_CALLS_PER_MINUTE_PER_PERSON", "0")
    monkeypatch.setenv("EMP_REQUESTS_AT_ONCE_PER_ADDRESS", "200")
    monkeypatch.setenv("EMP_COST_PER_MINUTE_PER_PERSON", "0")
    monkeypatch.setenv("EMP_REQUESTS_PER_HOUR_PER_PERSON", "0")
    monkeypatch.setenv("EMP_PENDING_NEW_ACCOUNTS_PER_ORGANISATION", "0")
    settings.cache_clear()
    async with Redis.from_url(valkey_url) as queue_server:
        await queue_server.flushall()
    yield monkeypatch
    settings.cache_clear()


@pytest.fixture
async def connected(environment: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Connections to the test's database, without an application."""
    async with database(settings().database_url):
        yield


@pytest.fixture
async def desk(environment: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The desk, on a Monday morning that passes only when the test says so."""
    async with running_desk() as desk:
        yield desk
