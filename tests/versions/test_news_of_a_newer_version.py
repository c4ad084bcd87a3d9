"""What a newer version says by way of the queue server disturbs nobody who does not understand it."""

import asyncio
import json

from arq.connections import ArqRedis

from backend.global_ids import key_in
from backend.settings import settings
from backend.worker import queue, take_hints, wake
from tests.api.test_live_updates import station_of
from tests.desk import Desk
from tests.versions import newer
from tests.waiting import ended, until

WATCH = "subscription { changeRequestChanged { request { __typename typeName state stateName accountName } } }"


async def test_a_request_that_is_unknown_is_heard_of_and_other_news_is_passed_over(desk: Desk, valkey_url: str) -> None:
    request = await newer.files(desk.super_admin, await desk.account(), state="ON_HOLD")
    news = {"request_id": key_in(request, "ChangeRequest"), "account_id": None, "organisation_id": desk.acme.id}
    async with station_of(desk, valkey_url) as station:
        watching = await station.watches(desk.super_admin, WATCH)

        for said in ("?", "[1]", '{"mail_id": 1}', json.dumps(news | {"cause": "a newer version"})):
            await station.queue.publish(f"news:{desk.acme.id}", said)

        heard = (await watching.data())["changeRequestChanged"]["request"]
    assert (heard["__typename"], heard["typeName"]) == ("OtherRequest", "CLOSURE")
    assert (heard["state"], heard["stateName"]) == ("OTHER", "ON_HOLD")


async def test_a_job_that_is_unknown_is_dropped_and_hints_are_taken_after_it(environment: object) -> None:
    wake_worker = asyncio.Event()
    hints = asyncio.create_task(take_hints(wake_worker))
    async with queue(settings().redis_url) as link:
        await link.enqueue_job("a_job_of_a_newer_version", 1, colour="red")
        await until(lambda: _is_empty(link))
        assert not wake_worker.is_set()

        await wake(link)

        await until(wake_worker.is_set)
    await ended(hints)


async def _is_empty(link: ArqRedis) -> bool:
    return not await link.zcard("arq:queue")
