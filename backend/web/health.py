"""Whether the process lives, whether it can serve, and how everything fares that the product stands on.

A balancer asks ``/readyz``: only what this process itself needs turns it red. A queue server that is away, a worker
that has not begun and mails that wait are no reason to send users elsewhere: operators see them at ``/healthz/detail``
and in ``/metrics``.
"""

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from backend import clock
from backend.circuit_breaker import ANSWER_TIMEOUT_S
from backend.mail.health import mail_health
from backend.settings import settings
from backend.storage.database import fetch, pool
from backend.storage.migrator import missing_migrations
from backend.storage.pool import NoConnection
from backend.storage.transient_errors import write_refusals
from backend.web.drain import drain
from backend.web.operators import refusal

log = structlog.get_logger()

OK = "ok"

UNREADY_AFTER_S = 10.0
"""Without any connection to be had: longer than a statement of a request may take."""

END_AFTER_S = 60.0
CHECK_EVERY_S = 1.0

SERVES_FOR = timedelta(seconds=2)
"""An answer of ``/readyz``, which anybody may ask for: nobody can make it look more often."""

WRITE = """
INSERT INTO write_check (id, written_at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at
"""
"""A standby, a database that takes no writes and one that cannot write its log refuse this. One that has no room for
more may take it, since this needs none: there what users wrote last tells (``WriteRefusals``)."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a part fares: ``ok`` or what is wrong, in words for anybody, and the error behind it, for the log."""

    state: str = OK
    error: str = ""


WELL = Found()
NOT_KNOWN = Found("not known without the database")


class Readiness:
    """Whether this process can serve, as it was found lately; whoever asks meanwhile waits for the one look."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._looking = asyncio.Lock()
        self._parts: dict[str, str] = {"database": OK, "migrations": OK}
        self._found_at: datetime | None = None
        self._in_trouble: set[str] = set()

    async def parts(self) -> dict[str, str]:
        """Of what this process needs whether it has it: ``ok``, or what is wrong."""
        async with self._looking:
            if self._found_at is None or not timedelta() <= clock.now() - self._found_at < SERVES_FOR:
                try:
                    database = await _database()
                    migrations = await _migrations() if database is WELL else NOT_KNOWN
                    self._parts = self._logged({"database": database, "migrations": migrations})
                except NoConnection:
                    # A busy moment is no reason to send everybody elsewhere: what was found before stands.
                    pass
                self._found_at = clock.now()
            return self._parts

    async def all_parts(self) -> dict[str, str]:
        """Of everything that the product stands on whether it does: ``ok``, or what is wrong."""
        others = self._logged({"queue": await _queue(self._redis), **await _mail()})
        return {**await self.parts(), **others}

    def _logged(self, found: Mapping[str, Found]) -> dict[str, str]:
        """The states; the log has a line of each change to trouble and back, none of a look that finds the same."""
        for part, one in found.items():
            if one.state == OK and part in self._in_trouble:
                self._in_trouble.remove(part)
                log.info("a part is well again", part=part)
            elif one.state != OK and part not in self._in_trouble and one is not NOT_KNOWN:
                self._in_trouble.add(part)
                log.warning("a part is in trouble", part=part, state=one.state, error=one.error)
        return {part: one.state for part, one in found.items()}


async def healthz(request: Request) -> Response:
    """200 while the process lives."""
    return PlainTextResponse(OK)


async def readyz(request: Request) -> Response:
    """200 when this process can serve, else 503; the body says of each part what was found in the last two seconds."""
    readiness: Readiness = request.app.state.readiness
    if drain.has_begun:
        return JSONResponse({"ready": False, "process": "ends"}, status_code=503)
    parts = await readiness.parts()
    ready = all(state == OK for state in parts.values())
    return JSONResponse({"ready": ready, **parts}, status_code=200 if ready else 503)


async def healthz_detail(request: Request) -> Response:
    """How everything fares, for whoever holds the operator's token: 200 when all is well, else 503."""
    refused = refusal(request)
    if refused is not None:
        return refused
    readiness: Readiness = request.app.state.readiness
    parts = await readiness.all_parts()
    well = all(state == OK for state in parts.values())
    return JSONResponse({"well": well, **parts}, status_code=200 if well else 503)


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


async def _database() -> Found:
    """Raises: NoConnection, for a busy moment."""
    exhausted_for_s = _exhausted_for_s()
    if exhausted_for_s >= UNREADY_AFTER_S:
        return Found(f"no connection for {exhausted_for_s:.0f} s")
    if write_refusals.is_recent:
        return Found("takes no writes")
    try:
        await fetch("SELECT 1")
    except NoConnection:
        raise
    except Exception as error:  # whatever the driver raises, the answer is the same
        return Found("does not answer", str(error))
    try:
        await fetch(WRITE, clock.now())
    except NoConnection:
        raise
    except asyncpg.UndefinedTableError:
        return WELL  # of which the migrations tell
    except Exception as error:  # as above
        return Found("takes no writes", str(error))
    return WELL


async def _migrations() -> Found:
    """Raises: NoConnection, for a busy moment."""
    try:
        missing = await missing_migrations(settings().database_url)
    except NoConnection:
        raise
    except Exception as error:  # as above
        return Found("cannot be read", str(error))
    return Found(f"{len(missing)} missing") if missing else WELL


async def _queue(redis: Redis) -> Found:
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await redis.ping()
    except (RedisError, OSError) as error:
        return Found("does not answer", str(error))
    return WELL


async def _mail() -> dict[str, Found]:
    try:
        health = await mail_health(clock.now())
    except Exception:  # as above
        return {"worker": NOT_KNOWN, "mail": NOT_KNOWN}
    return {"worker": Found(health.worker_trouble or OK), "mail": Found(health.waiting_trouble or OK)}
