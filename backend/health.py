"""Whether the process lives, and whether what it stands on does."""

import asyncio
import signal
from datetime import datetime, timedelta

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from backend import clock
from backend.absence import ANSWER_WITHIN
from backend.mail.health import mail_health
from backend.settings import settings
from backend.storage.database import fetch, pool
from backend.storage.migrating import missing_migrations
from backend.storage.pool import NoConnection

log = structlog.get_logger()

OK = "ok"

UNREADY_AFTER_S = 10.0
"""Without any connection to be had: longer than a statement of a request may take."""

END_AFTER_S = 60.0
CHECK_EVERY_S = 1.0

SERVES_FOR = timedelta(seconds=2)
"""An answer of ``/readyz``, which anybody may ask for: nobody can make it look more often."""


class Readiness:
    """What this process stands on, as it was found lately; whoever asks meanwhile waits for the one look."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._looking = asyncio.Lock()
        self._parts: dict[str, str] = {}
        self._found_at: datetime | None = None

    async def parts(self) -> dict[str, str]:
        """Of each part whether it stands: ``ok``, or what is wrong with it."""
        async with self._looking:
            if self._found_at is None or not timedelta() <= clock.now() - self._found_at < SERVES_FOR:
                self._parts = await self._found()
                self._found_at = clock.now()
            return self._parts

    async def _found(self) -> dict[str, str]:
        return {
            "database": await _database(),
            "queue": await _queue(self._redis),
            "migrations": await _migrations(),
            "mail": await _mail(),
        }


async def healthz(request: Request) -> Response:
    """200 while the process lives."""
    return PlainTextResponse(OK)


async def readyz(request: Request) -> Response:
    """200 when all stands, else 503; the body says of each part whether it does, as found in the last two seconds."""
    readiness: Readiness = request.app.state.readiness
    parts = await readiness.parts()
    ready = all(state == OK for state in parts.values())
    return JSONResponse({"ready": ready, **parts}, status_code=200 if ready else 503)


async def end_when_exhausted() -> None:
    """End this process, to be started anew, once no connection to the database could be had for END_AFTER_S.

    What keeps them all for so long is no statement, which ends in seconds: it is a fault that a new process is free of.
    A database that is away exhausts no pool, and is waited for.
    """
    while True:
        await asyncio.sleep(CHECK_EVERY_S)
        exhausted_for_s = _exhausted_for_s()
        if exhausted_for_s >= END_AFTER_S:
            log.critical("no connection to the database could be had: this process ends", seconds=exhausted_for_s)
            signal.raise_signal(signal.SIGTERM)
            return


def _exhausted_for_s() -> float:
    connections = pool()
    return connections.exhausted_for_s if connections else 0.0


async def _database() -> str:
    exhausted_for_s = _exhausted_for_s()
    if exhausted_for_s >= UNREADY_AFTER_S:
        log.warning("no connection to the database can be had", seconds=exhausted_for_s)
        return f"no connection for {exhausted_for_s:.0f} s"
    try:
        await fetch("SELECT 1")
    except NoConnection:
        return OK  # a busy moment, and no reason to send everybody elsewhere
    except Exception as error:  # whatever the driver raises, the answer is the same
        log.warning("the database does not answer", error=str(error))
        return "does not answer"
    return OK


async def _queue(redis: Redis) -> str:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await redis.ping()
    except (RedisError, OSError) as error:
        log.warning("the queue server does not answer", error=str(error))
        return "does not answer"
    return OK


async def _mail() -> str:
    try:
        health = await mail_health(clock.now())
    except Exception as error:  # as above
        log.warning("the ledger of mails cannot be read", error=str(error))
        return "cannot be read"
    return health.trouble or OK


async def _migrations() -> str:
    try:
        missing = await missing_migrations(settings().database_url)
    except Exception as error:  # as above
        log.warning("the migrations cannot be read", error=str(error))
        return "cannot be read"
    return f"{len(missing)} missing" if missing else OK
