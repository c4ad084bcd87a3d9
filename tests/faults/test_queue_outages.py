"""Without its queue server the desk answers; subscribers are told that the event bus is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial

import pytest
from redis.asyncio import Redis

from backend import events, worker
from backend.embedded.valkey import QueueServer
from backend.events import Disconnected, Event, EventBus
from backend.settings import settings
from backend.worker import SEND_DUE_MAIL, queue, wake
from tests.desk import Desk
from tests.faults.disposable_servers import DisposableServer, disposable_queue_server
from tests.running import running_desk
from tests.waiting import ended

EVENT = Event(request_id=1, account_id=2, organisation_id=3)


@pytest.fixture
async def queue_server() -> AsyncIterator[tuple[DisposableServer, QueueServer]]:
    """A queue server of this test."""
    async with disposable_queue_server() as (queue_server, server):
        yield queue_server, server


@pytest.fixture
async def desk(
    environment: pytest.MonkeyPatch, queue_server: tuple[DisposableServer, QueueServer]
) -> AsyncIterator[Desk]:
    """The desk with that queue server, a low rate limit and short timeouts."""
    environment.setenv("REDIS_URL", queue_server[1].url)
    environment.setenv("EMP_CALLS_PER_MINUTE_PER_PERSON", "40")
    environment.setattr(events, "PING_AFTER_S", 0.2)
    settings.cache_clear()
    async with running_desk() as desk:
        yield desk


async def read_only(queue_server: DisposableServer, server: QueueServer) -> None:
    """Make it refuse writes, as a replica."""
    async with Redis.from_url(server.url) as operator:
        await operator.replicaof("127.0.0.1", "1")


async def full(queue_server: DisposableServer, server: QueueServer) -> None:
    """Leave it no memory."""
    async with Redis.from_url(server.url) as operator:
        await operator.config_set("maxmemory", "1")


async def emptied(queue_server: DisposableServer, server: QueueServer) -> None:
    """Flush all its data."""
    async with Redis.from_url(server.url) as operator:
        await operator.flushall()


async def killed(queue_server: DisposableServer, server: QueueServer) -> None:
    """Kill it."""
    await queue_server.kill()


async def frozen(queue_server: DisposableServer, server: QueueServer) -> None:
    """Freeze it: it accepts connections and answers nothing."""
    queue_server.freeze()


FAULTS = {fault.__name__: fault for fault in (read_only, full, emptied, killed, frozen)}


@pytest.mark.parametrize("fault", FAULTS)
async def test_requests_are_filed_and_limits_hold_without_the_queue_server(
    desk: Desk, queue_server: tuple[DisposableServer, QueueServer], fault: str
) -> None:
    account = await desk.account()
    await FAULTS[fault](*queue_server)

    filed = await desk.super_admin.files("datapoints", accountId=account, delta=5)
    answers = [await desk.member.asks("{ viewer { id } }") for _ in range(45)]

    assert filed.errors == []
    assert {answer.status for answer in answers} == {200, 429}
    assert answers[-1].code == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize("fault", ["killed", "frozen"])
async def test_subscribers_are_told_of_a_lost_event_bus_and_can_subscribe_again(
    desk: Desk, queue_server: tuple[DisposableServer, QueueServer], fault: str
) -> None:
    async with queue(queue_server[1].url) as connection:
        events_of_desk = EventBus(connection, partial(wake, connection))
        watched = events_of_desk.subscribe(3)
        assert await anext(watched) is None

        await FAULTS[fault](*queue_server)
        with pytest.raises(Disconnected):
            await asyncio.wait_for(anext(watched), 15)

        await queue_server[0].close()
        await queue_server[0].start()
        async with aclosing(events_of_desk.subscribe(3)) as watched:
            assert await anext(watched) is None
            await events_of_desk.request_changed(EVENT)
            assert await asyncio.wait_for(anext(watched), 15) == EVENT


async def test_hints_are_taken_again_after_each_loss_of_the_queue_server(
    environment: pytest.MonkeyPatch, queue_server: tuple[DisposableServer, QueueServer]
) -> None:
    environment.setenv("REDIS_URL", queue_server[1].url)
    environment.setattr(worker, "MIN_PAUSE_S", 0.01)
    environment.setattr(worker, "MAX_PAUSE_S", 0.1)
    settings.cache_clear()
    wake_worker = asyncio.Event()
    taking = asyncio.create_task(worker.take_hints(wake_worker))

    for _ in range(10):
        async with queue(queue_server[1].url) as link:
            for _ in range(50):
                await link.enqueue_job(SEND_DUE_MAIL)
        await asyncio.wait_for(wake_worker.wait(), 30)
        await killed(*queue_server)
        wake_worker.clear()
        await queue_server[0].start()

    await ended(taking)


async def test_a_worker_stops_at_once_while_the_queue_server_is_frozen(
    environment: pytest.MonkeyPatch, queue_server: tuple[DisposableServer, QueueServer]
) -> None:
    environment.setenv("REDIS_URL", queue_server[1].url)
    environment.setattr(worker, "HINT_TIMEOUT", 0.5)
    settings.cache_clear()
    wake_worker = asyncio.Event()
    async with queue(queue_server[1].url) as link:
        await link.enqueue_job(SEND_DUE_MAIL)
    taking = asyncio.create_task(worker.take_hints(wake_worker))
    await asyncio.wait_for(wake_worker.wait(), 15)
    await frozen(*queue_server)

    taking.cancel()

    assert await asyncio.wait([taking], timeout=15) == ({taking}, set())
