"""The arq worker: its functions and schedules. It only says "look now"; the truth is in the ledger (mail.md)."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import structlog
from arq import cron, func
from arq.connections import RedisSettings
from arq.worker import Worker

from backend import clock
from backend.live import SEND_DUE_MAIL, job_to_json
from backend.logs import configure_logs
from backend.mail.line import Host
from backend.mail.planning import plan_reminders
from backend.mail.sending import Sender
from backend.settings import settings
from backend.storage.counting import forget_old_counts
from backend.storage.database import database

log = structlog.get_logger()

LONGEST_JOB = 600
"""Seconds. Longer than one mail can take; after a crash, arq waits so long before it looks again by itself."""

EVERY_MINUTE = set(range(60))


async def send_due_mail(context: dict[str, Any]) -> None:
    """Send what is due now."""
    sender: Sender = context["sender"]
    async with context["one_at_a_time"]:
        sent = await sender.send_due()
    if sent:
        log.info("mails were sent", count=sent)


async def plan_and_send(context: dict[str, Any]) -> None:
    """Plan the reminders that are due now, then send what is due."""
    planned = await plan_reminders(clock.now())
    if planned:
        log.info("reminders were planned", count=planned)
    await send_due_mail(context)


async def forget_old(context: dict[str, Any]) -> None:
    """Remove what nothing looks at any more."""
    await forget_old_counts(clock.now())


async def start(context: dict[str, Any]) -> None:
    """Open what the jobs need."""
    context["open"] = stack = AsyncExitStack()
    await stack.enter_async_context(database(settings().database_url))
    context["sender"] = Sender(Host.of(settings().smtp_url, tls_demanded=settings().smtp_demand_tls))
    context["one_at_a_time"] = asyncio.Lock()


async def stop(context: dict[str, Any]) -> None:
    """Finish the mails in hand, take no other, and close what was opened."""
    context["sender"].stopping = True
    async with context["one_at_a_time"]:
        await context["open"].aclose()


def run_worker() -> None:
    """Run until a signal, or until the queue server is lost: whoever supervises starts it again."""
    configure_logs()
    Worker(
        functions=[func(send_due_mail, name=SEND_DUE_MAIL, keep_result=0, timeout=LONGEST_JOB, max_tries=1)],
        cron_jobs=[
            cron(
                plan_and_send,
                minute=EVERY_MINUTE,
                run_at_startup=True,
                unique=False,
                timeout=LONGEST_JOB,
                keep_result=0,
            ),
            cron(forget_old, minute={7}, timeout=LONGEST_JOB, keep_result=0),
        ],
        redis_settings=RedisSettings.from_dsn(settings().redis_url),
        on_startup=start,
        on_shutdown=stop,
        job_serializer=job_to_json,
        job_deserializer=json.loads,
        job_completion_wait=30,
        health_check_interval=60,
    ).run()
