"""The worker: every minute it plans what is due and sends it, and at once when a hint comes by way of arq.

The truth is in the ledger (docs/mail.md): without the queue server mails go out each minute; without the database they
wait.
No other module knows arq, so that nothing else changes with it.
"""

import asyncio
import json
import random
import signal
from contextlib import suppress
from typing import Any, cast

import structlog
import uvloop
from arq import cron, func
from arq.connections import ArqRedis
from arq.worker import Worker
from redis.asyncio import ConnectionPool

from backend import clock
from backend.logging import configure_logs
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.retention import remove_old
from backend.settings import settings
from backend.storage.database import database
from backend.storage.privileges import warn_if_overprivileged
from backend.storage.role_defaults import warn_of_lost_timeouts
from backend.storage.tortoise_client import OF_JOBS

log = structlog.get_logger()

SEND_DUE_MAIL = "send_due_mail"

LOOK_INTERVAL_S = 60.0
"""Seconds between two checks of the calendar and the ledger."""

MIN_PAUSE_S, MAX_PAUSE_S = 1.0, 60.0
"""Seconds before the next try when the database or the queue server is away; they double, with jitter."""

HINT_TIMEOUT = 5
"""Seconds, also for an answer of the queue server.

A hint only sets a flag; arq waits a little longer than this before it looks at an unfinished job again.
"""

REMOVING_STOPS_AFTER_S = 40.0
REMOVING_TIMEOUT_S = 120
"""Of what is old: by then the batch at hand has ended too."""


def queue(url: str, answers_within: float | None = None) -> ArqRedis:
    """The queue server, which may have so many seconds for an answer.

    Jobs are JSON, since whoever can write a pickle into it could run code here.
    """
    pool = ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=answers_within)
    link = cast(ArqRedis, ArqRedis.from_pool(pool))
    link.job_serializer, link.job_deserializer = job_to_json, json.loads
    return link


def job_to_json(job: Any) -> bytes:
    """A job as the queue holds it."""
    return json.dumps(job, default=str).encode()


async def wake(link: ArqRedis) -> None:
    """Have a worker look at once at what is due. Raises: RedisError, OSError (the queue server is away)."""
    await link.enqueue_job(SEND_DUE_MAIL)


class Pause:
    """How long to leave alone what does not answer."""

    def __init__(self) -> None:
        self._longest = MIN_PAUSE_S

    def next(self) -> float:
        """Seconds: at random up to a ceiling that doubles, and never less than half of the first."""
        longest, self._longest = self._longest, min(self._longest * 2, MAX_PAUSE_S)
        return random.uniform(MIN_PAUSE_S / 2, longest)  # noqa: S311 - only spreads the tries

    def over(self) -> None:
        """It answers again."""
        self._longest = MIN_PAUSE_S


class MailWorker:
    """Plans and sends until it is told to stop; several may run at once."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.wake_worker = asyncio.Event()

    async def run(self) -> None:
        """Work until ``stop``; the mails in hand are finished."""
        pause = Pause()
        while not self.sender.stopping:
            self.wake_worker.clear()
            try:
                await self._plan_and_send()
            except Exception as error:  # whatever it is, the ledger holds what must be done, and the next look does it
                log.error("mails wait", reason=f"{type(error).__name__}: {error}")
                await self._until_due(pause.next())
            else:
                pause.over()
                await self._until_due(LOOK_INTERVAL_S)

    def stop(self) -> None:
        """Finish what is in hand and take no other."""
        self.sender.stopping = True
        self.wake_worker.set()

    async def _plan_and_send(self) -> None:
        planned = await plan_due(clock.now())
        if planned:
            log.info("mails were planned", count=len(planned))
        sent = await self.sender.send_due()
        if sent:
            log.info("mails were sent", count=sent)

    async def _until_due(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.wake_worker.wait(), seconds)


async def remove_old_rows(context: dict[str, Any]) -> None:
    """Remove what is older than the settings keep it."""
    await remove_old(clock.now(), within_s=REMOVING_STOPS_AFTER_S)


async def take_hints(wake_worker: asyncio.Event) -> None:
    """Set the flag whenever somebody says that mail is due; without the queue server, try to reach it again."""
    pause = Pause()

    async def send_due_mail(context: dict[str, Any]) -> None:
        pause.over()
        wake_worker.set()

    async with queue(settings().redis_url, answers_within=HINT_TIMEOUT) as link:
        while True:
            worker = _arq_worker(link, send_due_mail)
            try:
                await worker.async_run()
            except Exception as error:  # arq gives up at the first fault of the queue server
                log.warning("no hints from the queue server", reason=f"{type(error).__name__}: {error}")
            finally:
                # A job in hand is cancelled and says so through close(): gathered, it ends that job alone and not us.
                await asyncio.gather(worker.close(), return_exceptions=True)
            await asyncio.sleep(pause.next())


def run_worker() -> None:
    """Run until a signal; the mails in hand are finished first."""
    configure_logs()
    uvloop.run(_run())


async def _run() -> None:
    mail_worker = MailWorker(Sender(Host.of(settings().smtp_url, tls_demanded=settings().smtp_demand_tls)))
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, mail_worker.stop)
    async with database(settings().database_url, OF_JOBS):
        await warn_if_overprivileged()
        await warn_of_lost_timeouts(OF_JOBS)
        hints = asyncio.create_task(take_hints(mail_worker.wake_worker))
        try:
            await mail_worker.run()
        finally:
            # A library may take one cancellation for a timeout of its own.
            while not hints.done():
                hints.cancel()
                await asyncio.wait([hints], timeout=1)


def _arq_worker(link: ArqRedis, send_due_mail: Any) -> Worker:
    return Worker(
        functions=[func(send_due_mail, name=SEND_DUE_MAIL, keep_result=0, timeout=HINT_TIMEOUT, max_tries=1)],
        cron_jobs=[cron(remove_old_rows, minute={7}, timeout=REMOVING_TIMEOUT_S, keep_result=0)],
        redis_pool=link,
        handle_signals=False,
        job_serializer=job_to_json,
        job_deserializer=json.loads,
        health_check_interval=60,
    )
