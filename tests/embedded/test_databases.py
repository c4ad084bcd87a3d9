"""Databases: copied from a template, and dropped under whoever uses them."""

import asyncpg

from backend.embedded.databases import create_database, database_name, drop_database


async def test_a_database_made_from_a_template_holds_what_the_template_holds(
    postgres_url: str, empty_database_url: str
) -> None:
    template = await asyncpg.connect(empty_database_url)
    await template.execute("CREATE TABLE word AS SELECT 'withdraw' AS text")
    await template.close()

    copy_url = await create_database(postgres_url, "a copy", template=database_name(empty_database_url))

    copy = await asyncpg.connect(copy_url)
    assert await copy.fetchval("SELECT text FROM word") == "withdraw"
    await copy.close()
    await drop_database(copy_url)


async def test_dropping_a_database_ends_its_connections(postgres_url: str) -> None:
    url = await create_database(postgres_url, "dropped")
    connection = await asyncpg.connect(url)

    await drop_database(url)

    server = await asyncpg.connect(postgres_url)
    assert not await server.fetchval("SELECT count(*) FROM pg_database WHERE datname = 'dropped'")
    await server.close()
    connection.terminate()
