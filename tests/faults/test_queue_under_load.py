"""Faults of the queue server under load: mails and answers continue, and it is used again after its return."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import pytest
from redis.asyncio import Redis

from backend import worker
from backend.embedded.mailbox import free_port
from backend.embedded.valkey import QueueServer
from backend.settings import settings
from backend.storage.database import fetch
from backend.worker import SEND_DUE_MAIL, queue
from tests.faults.disposable_servers import DisposableServer, disposable_queue_server
from tests.faults.load import Customer
from tests.faults.mail_host import FaultyHost
from tests.faults.mail_workers import worker_process
from tests.faults.test_queue_outages import emptied, frozen, full, killed, read_only
from tests.faults.test_under_load import UNLIMITED, has_progressed, serving, working_customers
from tests.promises import Promise
from tests.waiting import until

HIGH_LIMITS = UNLIMITED | {
    "EMP_CALLS_PER_MINUTE_PER_ADDRESS": "1000000",
    "EMP_CALLS_PER_MINUTE_PER_PERSON": "1000000",
    "EMP_COST_PER_MINUTE_PER_PERSON": "100000000",
}
"""Calls are counted by the rate limiter, and no limit is reached."""

FAULT_S = worker.LOOK_INTERVAL_S + 5
"""Length of a fault in a long run: more than the interval at which a worker looks for due mail without hints."""

RECOVERY_TIMEOUT_S = 120.0
"""Until events and hints pass again."""

OUTCOMES = """
SELECT count(*) AS mails, count(*) FILTER (WHERE state = 'SENT') AS sent,
       count(*) FILTER (WHERE state <> 'SENT' AND reason <> 'decided') AS otherwise,
       max(extract(epoch FROM ended_at - due_at))::float8 AS latest
  FROM mail
"""

FaultAction = Callable[[DisposableServer, QueueServer], Awaitable[None]]


async def accept_writes(queue_server: DisposableServer, server: QueueServer) -> None:
    """Make it a primary again, without a memory limit."""
    async with Redis.from_url(server.url) as operator:
        await operator.replicaof("NO", "ONE")
        await operator.config_set("maxmemory", "0")


async def start(queue_server: DisposableServer, server: QueueServer) -> None:
    """Start it again, empty."""
    await queue_server.start()


async def thaw(queue_server: DisposableServer, server: QueueServer) -> None:
    """Continue it after a freeze."""
    queue_server.thaw()


async def do_nothing(queue_server: DisposableServer, server: QueueServer) -> None:
    """Nothing has to be undone."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How a fault begins and ends."""

    begin: FaultAction
    end: FaultAction
    repeated: bool = False
    """Whether it begins anew after every few writes."""


FAULTS = {
    "killed and started empty": Fault(killed, start),
    "emptied over and over": Fault(emptied, do_nothing, repeated=True),
    "frozen": Fault(frozen, thaw),
    "read-only": Fault(read_only, accept_writes),
    "full": Fault(full, accept_writes),
}


@pytest.fixture
async def queue_server() -> AsyncIterator[tuple[DisposableServer, QueueServer]]:
    """A queue server of this test."""
    async with disposable_queue_server() as (queue_server, server):
        yield queue_server, server


@pytest.mark.parametrize("name", FAULTS)
async def test_mails_and_answers_continue_without_the_queue_server_and_use_it_again_after_its_return(
    connected: None,
    queue_server: tuple[DisposableServer, QueueServer],
    host: FaultyHost,
    long: bool,
    promise: Promise,
    name: str,
) -> None:
    port, url = free_port(), queue_server[1].url
    async with serving(settings().database_url, url, port, HIGH_LIMITS):
        with worker_process(worker.LOOK_INTERVAL_S if long else 0.5, REDIS_URL=url, SMTP_URL=host.url):
            async with working_customers(port, count=1) as found:
                await until(lambda: host.copies().total() > 0, within=60)
                await _run_fault(FAULTS[name], queue_server, found, FAULT_S if long else 0)
                await FAULTS[name].end(*queue_server)
                events_s, hints_s = await asyncio.gather(
                    seconds_until_an_event(url), seconds_until_a_hint_is_taken(url)
                )
            await until(_is_ledger_empty, within=RECOVERY_TIMEOUT_S)

    (customer,), (outcomes,) = found, await fetch(OUTCOMES)
    assert customer.unexpected_answers == []
    assert sorted(host.copies().values()) == [1] * outcomes["sent"]
    assert (outcomes["mails"], outcomes["otherwise"]) == (customer.filed + customer.approved, 0)
    when = f"while the queue server was {name}"
    promise(f"Mails of {outcomes['mails']} lost or doubled {when}, and the latest", f"0, {outcomes['latest']:.1f} s")
    promise(
        f"Calls of {customer.calls} without an answer or with a 503 {when}, and the slowest answer",
        f"{customer.unavailable}, {customer.slowest_s:.1f} s",
    )
    promise(
        f"Until events were published and hints were taken after it was {name}", f"{events_s:.1f} s, {hints_s:.1f} s"
    )


async def _run_fault(
    fault: Fault, queue_server: tuple[DisposableServer, QueueServer], found: list[Customer], seconds: float
) -> None:
    ended = time.monotonic() + seconds
    await fault.begin(*queue_server)
    while True:
        await until(has_progressed(found, by=4), within=60)
        if time.monotonic() > ended:
            return
        if fault.repeated:
            await fault.begin(*queue_server)


async def seconds_until_an_event(url: str) -> float:
    """Seconds until an event is published through the queue server."""
    began = time.monotonic()
    async with Redis.from_url(url) as link, link.pubsub() as watcher:
        await watcher.psubscribe("news:*")
        await until(partial(_has_message, watcher), RECOVERY_TIMEOUT_S)
    return time.monotonic() - began


async def _has_message(watcher: object) -> bool:
    message = await watcher.get_message(ignore_subscribe_messages=True, timeout=0.1)  # type: ignore[attr-defined]
    return message is not None


async def seconds_until_a_hint_is_taken(url: str) -> float:
    """Seconds until a worker takes a job from the queue server."""
    began = time.monotonic()
    async with queue(url) as link:
        job = None
        while job is None:
            with suppress(ConnectionError):
                job = await link.enqueue_job(SEND_DUE_MAIL)

        async def is_taken() -> bool:
            return await link.zscore("arq:queue", job.job_id) is None

        await until(is_taken, RECOVERY_TIMEOUT_S)
    return time.monotonic() - began


async def _is_ledger_empty() -> bool:
    return not await fetch("SELECT 1 FROM mail WHERE ended_at IS NULL")
