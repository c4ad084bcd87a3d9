"""Databases on a server, by URL: made, copied and dropped."""

from urllib.parse import quote, unquote, urlsplit

from backend.storage.connecting import connect


async def create_database(server_url: str, name: str, template: str = "template1", owner: str = "") -> str:
    """A new database, a copy of the template, to which nobody may be connected. Returns its URL, as its owner.

    The owner is the URL's role unless another one is named.
    """
    owned = f' OWNER "{owner}"' if owner else ""
    await _execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"{owned}')
    url = sibling(server_url, name)
    return as_role(url, owner) if owner else url


async def drop_database(url: str) -> None:
    """Drop the database that the URL names, and whoever is connected to it."""
    await _execute(url, f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)')


def name_of(url: str) -> str:
    """The name of the database that the URL leads to."""
    return unquote(urlsplit(url).path.removeprefix("/"))


def sibling(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{quote(name)}").geturl()


def as_role(url: str, role: str) -> str:
    """The URL of the same database as another role, with the same password if there is one."""
    found = urlsplit(url)
    before, _, host = found.netloc.rpartition("@")
    _, colon, password = before.partition(":")
    return found._replace(netloc=f"{quote(role)}{colon}{password}@{host}").geturl()


async def _execute(url: str, sql: str) -> None:
    server = await connect(sibling(url, "postgres"))
    try:
        await server.execute(sql)
    finally:
        await server.close()


def plain(url: str) -> str:
    """The URL as asyncpg itself wants it."""
    return url.replace("asyncpg://", "postgresql://", 1)
