"""Databases on a PostgreSQL server, by URL: created, copied and dropped."""

from urllib.parse import quote, unquote, urlsplit

from backend.storage.connecting import connect


async def create_database(server_url: str, name: str, template: str = "template1", owner: str = "") -> str:
    """Create a database as a copy of the template, to which nobody may be connected. Returns its URL, as its owner.

    The owner is the URL's role unless another one is named.
    """
    owned = f' OWNER "{owner}"' if owner else ""
    await _execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"{owned}')
    url = with_database(server_url, name)
    return with_role(url, owner) if owner else url


async def drop_database(url: str) -> None:
    """Drop the database that the URL names, and close the connections to it. Does nothing where there is none."""
    await _execute(url, f'DROP DATABASE IF EXISTS "{database_name(url)}" WITH (FORCE)')


def database_name(url: str) -> str:
    """The name of the database that the URL leads to."""
    return unquote(urlsplit(url).path.removeprefix("/"))


def with_database(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{quote(name)}").geturl()


def with_role(url: str, role: str) -> str:
    """The URL of the same database as another role, with the same password if there is one."""
    parts = urlsplit(url)
    user_info, _, host = parts.netloc.rpartition("@")
    _, colon, password = user_info.partition(":")
    return parts._replace(netloc=f"{quote(role)}{colon}{password}@{host}").geturl()


async def _execute(url: str, sql: str) -> None:
    connection = await connect(with_database(url, "postgres"))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
