"""Checks before a process starts: the address to listen on, and access to the database and the queue server."""

import errno
import socket
import ssl

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError

from backend.settings import WrongSettings, settings
from backend.storage.connecting import connect
from backend.storage.tortoise_client import OF_REQUESTS, server_settings

ANSWER_TIMEOUT_S = 5.0

ACCESS_ERRORS = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.exceptions.ClientConfigurationError,
    ssl.SSLError,
)
"""Errors that waiting does not resolve: a wrong password, role or database, an untrusted certificate."""

ACCESS_ERROR_TEXTS = ("rejected SSL upgrade", "unsupported startup parameter")
"""Texts of further ones that have no class: a server without TLS, a pooler that does not ignore settings."""

QUEUE_ACCESS_ERRORS = (AuthenticationError, AuthorizationError, ssl.SSLError)


def check_address(host: str, port: int) -> None:
    """Check that the address can be listened on. Raises: WrongSettings; OSError (EADDRINUSE), it is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError:
        raise WrongSettings(f"PORT: {port} is only for root to listen on; choose one from 1024 on") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise
        raise WrongSettings(f"EMP_HOST: {host} is no address of this machine ({error.strerror})") from None


def check_free(host: str, port: int) -> None:
    """Check that the address can be listened on and is not in use. Raises: WrongSettings."""
    try:
        check_address(host, port)
    except OSError:
        raise WrongSettings(f"PORT: another program listens on {host}:{port}; choose another one") from None


async def check_database() -> None:
    """Check that the database grants access; it may be away for now. Raises: WrongSettings."""
    try:
        connection = await connect(
            settings().database_url, timeout=ANSWER_TIMEOUT_S, server_settings=server_settings(OF_REQUESTS)
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if isinstance(error, ACCESS_ERRORS) or any(words in str(error) for words in ACCESS_ERROR_TEXTS):
            (text, *_) = str(error).splitlines() or [type(error).__name__]
            raise WrongSettings(f"DATABASE_URL: the database does not let us in: {text}") from None
        return
    await connection.close()


async def check_queue() -> None:
    """Check that the queue server grants access; it may be away for now. Raises: WrongSettings."""
    try:
        async with Redis.from_url(
            settings().redis_url, socket_connect_timeout=ANSWER_TIMEOUT_S, socket_timeout=ANSWER_TIMEOUT_S
        ) as queue:
            await queue.ping()
    except (TypeError, ValueError):
        # The library's words show what may be a piece of a password.
        raise WrongSettings("REDIS_URL: a parameter after its ? is none, or has a value that it cannot have") from None
    except (RedisError, OSError) as error:
        # The library wraps what it is told while it connects.
        if any(isinstance(cause, QUEUE_ACCESS_ERRORS) for cause in (error, error.__cause__, error.__context__)):
            raise WrongSettings(f"REDIS_URL: the queue server does not let us in: {error}") from None
