"""The queue server is away while customers work: mails and answers go on, and all find it again by themselves."""

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
from tests.faults.disposable_servers import Stand, queue_stand
from tests.faults.load import Customer
from tests.faults.mail_host import FaultyHost
from tests.faults.mail_workers import working_worker
from tests.faults.test_queue_outages import emptied, frozen, full, killed, read_only
from tests.faults.test_under_load import UNLIMITED, at_work, moved_on, serving
from tests.promises import Promise
from tests.waiting import until

COUNTED = UNLIMITED | {
    "EMP_CALLS_PER_MINUTE_PER_ADDRESS": "1000000",
    "EMP_CALLS_PER_MINUTE_PER_PERSON": "1000000",
    "EMP_COST_PER_MINUTE_PER_PERSON": "100000000",
}
"""Calls are counted, and nobody calls too often."""

LASTS = worker.EVERY + 5
"""Seconds of a fault at full length: more than a worker waits when nobody says that mail is due."""

HEALS_WITHIN = 120.0
"""Seconds."""

ENDED = """
SELECT count(*) AS mails, count(*) FILTER (WHERE state = 'SENT') AS sent,
       count(*) FILTER (WHERE state <> 'SENT' AND reason <> 'decided') AS otherwise,
       max(extract(epoch FROM ended_at - due_at))::float8 AS latest
  FROM mail
"""

At = Callable[[Stand, QueueServer], Awaitable[None]]


async def takes_writes_again(stand: Stand, server: QueueServer) -> None:
    """It follows nobody any more, and has room."""
    async with Redis.from_url(server.url) as operator:
        await operator.replicaof("NO", "ONE")
        await operator.config_set("maxmemory", "0")


async def starts_again(stand: Stand, server: QueueServer) -> None:
    """It is there again, and knows nothing of before."""
    await stand.start()


async def goes_on(stand: Stand, server: QueueServer) -> None:
    """It says again what it has to say."""
    stand.thaw()


async def is_well(stand: Stand, server: QueueServer) -> None:
    """Nothing is to be mended."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls it, and what ends that."""

    begins: At
    ends: At
    again: bool = False
    """Whether it befalls it over and over."""


FAULTS = {
    "killed and started empty": Fault(killed, starts_again),
    "emptied over and over": Fault(emptied, is_well, again=True),
    "frozen": Fault(frozen, goes_on),
    "read-only": Fault(read_only, takes_writes_again),
    "full": Fault(full, takes_writes_again),
}


@pytest.fixture
async def stand() -> AsyncIterator[tuple[Stand, QueueServer]]:
    """A queue server of the test's own."""
    async with queue_stand() as (stand, server):
        yield stand, server


@pytest.mark.parametrize("name", FAULTS)
async def test_mails_and_answers_continue_without_the_queue_server_and_use_it_again_after_its_return(
    connected: None, stand: tuple[Stand, QueueServer], host: FaultyHost, long: bool, promise: Promise, name: str
) -> None:
    port, url = free_port(), stand[1].url
    async with serving(settings().database_url, url, port, COUNTED):
        with working_worker(worker.EVERY if long else 0.5, REDIS_URL=url, SMTP_URL=host.url):
            async with at_work(port, number=1) as found:
                await until(lambda: host.copies().total() > 0, within=60)
                await _befalls(FAULTS[name], stand, found, LASTS if long else 0)
                await FAULTS[name].ends(*stand)
                news, hints = await asyncio.gather(seconds_until_news(url), seconds_until_a_hint_is_taken(url))
            await until(_nothing_waits, within=HEALS_WITHIN)

    (customer,), (end,) = found, await fetch(ENDED)
    assert customer.refused == []
    assert sorted(host.copies().values()) == [1] * end["sent"]
    assert (end["mails"], end["otherwise"]) == (customer.filed + customer.approved, 0)
    when = f"while the queue server was {name}"
    promise(f"Mails of {end['mails']} lost or doubled {when}, and the latest", f"0, {end['latest']:.1f} s")
    promise(
        f"Calls of {customer.asked} without an answer or with a 503 {when}, and the slowest answer",
        f"{customer.put_off}, {customer.slowest:.1f} s",
    )
    promise(f"Until news was told and hints were taken after it was {name}", f"{news:.1f} s, {hints:.1f} s")


async def _befalls(fault: Fault, stand: tuple[Stand, QueueServer], found: list[Customer], seconds: float) -> None:
    ended = time.monotonic() + seconds
    await fault.begins(*stand)
    while True:
        await until(moved_on(found, by=4), within=60)
        if time.monotonic() > ended:
            return
        if fault.again:
            await fault.begins(*stand)


async def seconds_until_news(url: str) -> float:
    """How long until a server tells what changes, by way of the queue server."""
    began = time.monotonic()
    async with Redis.from_url(url) as link, link.pubsub() as watcher:
        await watcher.psubscribe("news:*")
        await until(partial(_hears, watcher), HEALS_WITHIN)
    return time.monotonic() - began


async def _hears(watcher: object) -> bool:
    message = await watcher.get_message(ignore_subscribe_messages=True, timeout=0.1)  # type: ignore[attr-defined]
    return message is not None


async def seconds_until_a_hint_is_taken(url: str) -> float:
    """How long until a worker takes a job from the queue server."""
    began = time.monotonic()
    async with queue(url) as link:
        job = None
        while job is None:
            with suppress(ConnectionError):
                job = await link.enqueue_job(SEND_DUE_MAIL)

        async def is_taken() -> bool:
            return await link.zscore("arq:queue", job.job_id) is None

        await until(is_taken, HEALS_WITHIN)
    return time.monotonic() - began


async def _nothing_waits() -> bool:
    return not await fetch("SELECT 1 FROM mail WHERE ended_at IS NULL")
