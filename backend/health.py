"""Whether the process lives, and whether what it stands on does."""

import asyncio

import structlog
from arq.connections import ArqRedis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from backend import clock
from backend.absence import ANSWER_WITHIN
from backend.mail.health import mail_health
from backend.settings import settings
from backend.storage.database import fetch
from backend.storage.migrating import missing_migrations

log = structlog.get_logger()

OK = "ok"


async def healthz(request: Request) -> Response:
    """200 while the process lives."""
    return PlainTextResponse(OK)


async def readyz(request: Request) -> Response:
    """200 when all stands, else 503; the body says of each part whether it does."""
    parts = {
        "database": await _database(),
        "queue": await _queue(request.app.state.redis),
        "migrations": await _migrations(),
        "mail": await _mail(),
    }
    ready = all(state == OK for state in parts.values())
    return JSONResponse({"ready": ready, **parts}, status_code=200 if ready else 503)


async def _database() -> str:
    try:
        await fetch("SELECT 1")
    except Exception as error:  # whatever the driver raises, the answer is the same
        log.warning("the database does not answer", error=str(error))
        return "does not answer"
    return OK


async def _queue(redis: ArqRedis) -> str:
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
