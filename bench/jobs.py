"""What is not a page: reminders planned, and requests approved by many at once."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import asyncpg

from backend import clock
from backend.errors import Refused
from backend.identity.models import User
from backend.mail.planning import plan_due
from backend.requests import lifecycle
from backend.requests.models import ChangeRequest
from backend.requests.target import current_preview
from backend.settings import settings
from backend.storage.database import database, fetch
from backend.storage.tortoise_client import OF_JOBS
from bench.servers import Stand

APPROVERS = 16

APPROVAL = (
    "SELECT * FROM change_request WHERE id = $1 FOR UPDATE",
    "SELECT * FROM account WHERE id = $1 FOR NO KEY UPDATE",
    "SELECT * FROM organisation WHERE id = $1",
    "UPDATE account SET datapoints = datapoints + 20, version = version + 1 WHERE id = $1",
    "UPDATE change_request SET state = 'APPROVED', decided_by_id = $2, decided_at = now() WHERE id = $1",
    "INSERT INTO timeline_event (account_id, request_id, kind, at, by_id, changes, account_version)"
    " VALUES ($1, $2, 'APPROVED', now(), $3, '[]', 2)",
    "INSERT INTO mail (key, kind, recipient_id, request_id, facts, due_at, next_at, created_at)"
    " SELECT 'bare:' || $1::bigint, 'REQUEST_DECIDED', requested_by_id, id, '{}', now(), now(), now()"
    " FROM change_request WHERE id = $1",
)
"""The statements of one approval, as a loop without any product would send them."""


@contextmanager
def settings_of(stand: Stand, accounts: int, **more: str) -> Iterator[str]:
    """The product's settings on one of the databases, in this process; gives the database's URL."""
    before = dict(os.environ)
    os.environ.update(stand.environment(accounts, **more))
    settings.cache_clear()
    try:
        yield settings().database_url
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


async def reminders(stand: Stand, accounts: int) -> tuple[float, int]:
    """Seconds that a day's plan takes, and how many reminders it found; the day before was planned already."""
    now = clock.now()
    with settings_of(stand, accounts) as url:
        async with database(url, OF_JOBS):
            await fetch("INSERT INTO reminder_plan (id, planned_at, began_at) VALUES (1, $1, $1)", now)
            with clock.set_to(now + timedelta(days=79)):
                await plan_due(clock.now())
            with clock.set_to(now + timedelta(days=80)):
                seconds, found = await timed(lambda: plan_due(clock.now()))
    return seconds, len(found)


async def approvals(stand: Stand, accounts: int, count: int) -> tuple[float, float, bool]:
    """Approvals a second by sixteen approvers on one queue, those of a bare loop, and whether each was decided once."""
    with settings_of(stand, accounts) as url:
        async with database(url):
            people = await User.filter(role="CUSTOMER_SUCCESS").limit(APPROVERS)
            active = ChangeRequest.filter(
                state="PENDING", type="DATAPOINTS", account__expires_on__gt=clock.now().date()
            )
            queue = await active.order_by("id").limit(2 * count)
            seen = {one.id: (await current_preview(one))[1].version for one in queue[:count]}
            seconds, told = await timed(lambda: _all_approve(people, seen))
    bare_seconds, _ = await timed(lambda: _bare_approvals(url, queue[count:], people[0].id))
    return count / seconds, count / bare_seconds, sum(told) == count


async def _all_approve(people: list[User], seen: dict[int, str]) -> list[int]:
    return list(await asyncio.gather(*(_approve(person, dict(seen)) for person in people)))


async def _approve(person: User, seen: dict[int, str]) -> int:
    """Try every request, each approver from another place of the queue. Returns how many were theirs to decide."""
    ids = list(seen)
    start = len(ids) * (person.id % APPROVERS) // APPROVERS
    decided = 0
    for request_id in ids[start:] + ids[:start]:
        try:
            await lifecycle.approve(request_id, by=person, seen=seen[request_id])
            decided += 1
        except Refused:
            return decided  # somebody else was here before: the rest is theirs
    return decided


async def _bare_approvals(url: str, queue: list[ChangeRequest], by: int) -> None:
    waiting = list(queue)
    async with asyncpg.create_pool(url, min_size=APPROVERS, max_size=APPROVERS) as pool:

        async def approve() -> None:
            while waiting:
                one = waiting.pop()
                async with pool.acquire() as connection, connection.transaction():
                    values = ((one.id,), (one.account_id,), (one.organisation_id,), (one.account_id,), (one.id, by),
                              (one.account_id, one.id, by), (one.id,))  # fmt: skip
                    for statement, filled in zip(APPROVAL, values, strict=True):
                        await connection.fetch(statement, *filled)

        await asyncio.gather(*(approve() for _ in range(APPROVERS)))


async def timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    """The seconds that it takes, and its result."""
    began = time.perf_counter()
    result = await work()
    return time.perf_counter() - began, result
