"""What is found out before a process starts: an address that cannot be listened on, a server that lets nobody in."""

import errno
import socket
import ssl

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError

from backend.settings import WrongSettings, settings
from backend.storage.connecting import connect
from backend.storage.tortoise_client import OF_REQUESTS, server_settings

ANSWERS_WITHIN_S = 5.0

REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.exceptions.ClientConfigurationError,
    ssl.SSLError,
)
"""What no waiting mends: a wrong password, role or database, a certificate that is not believed."""

WORDS_OF_REFUSALS = ("rejected SSL upgrade", "unsupported startup parameter")
"""What no waiting mends either, told by words alone: a server without TLS, a pooler that does not ignore settings."""

NOT_LET_IN = (AuthenticationError, AuthorizationError, ssl.SSLError)


def check_address(host: str, port: int) -> None:
    """See that it can be listened on. Raises: WrongSettings; OSError (EADDRINUSE), somebody else listens."""
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
    """See that it can be listened on, and nobody does. Raises: WrongSettings."""
    try:
        check_address(host, port)
    except OSError:
        raise WrongSettings(f"PORT: another program listens on {host}:{port}; choose another one") from None


async def check_database() -> None:
    """See that the database lets us in; one that is away may come. Raises: WrongSettings."""
    try:
        connection = await connect(
            settings().database_url, timeout=ANSWERS_WITHIN_S, server_settings=server_settings(OF_REQUESTS)
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if isinstance(error, REFUSED) or any(words in str(error) for words in WORDS_OF_REFUSALS):
            (said, *_) = str(error).splitlines() or [type(error).__name__]
            raise WrongSettings(f"DATABASE_URL: the database does not let us in: {said}") from None
        return
    await connection.close()


async def check_queue() -> None:
    """See that the queue server lets us in; one that is away may come. Raises: WrongSettings."""
    try:
        async with Redis.from_url(
            settings().redis_url, socket_connect_timeout=ANSWERS_WITHIN_S, socket_timeout=ANSWERS_WITHIN_S
        ) as queue:
            await queue.ping()
    except (TypeError, ValueError):
        # The library's words show what may be a piece of a password.
        raise WrongSettings("REDIS_URL: a parameter after its ? is none, or has a value that it cannot have") from None
    except (RedisError, OSError) as error:
        # The library wraps what it is told while it connects.
        if any(isinstance(found, NOT_LET_IN) for found in (error, error.__cause__, error.__context__)):
            raise WrongSettings(f"REDIS_URL: the queue server does not let us in: {error}") from None
