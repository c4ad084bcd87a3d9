"""Measurements of the planning of reminders and of concurrent approvals."""

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
from bench.servers import BenchServers

APPROVERS = 16

APPROVAL_STATEMENTS = (
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
"""The statements of one approval, as a bare loop sends them."""


@contextmanager
def settings_of(servers: BenchServers, accounts: int, **more: str) -> Iterator[str]:
    """Apply the product's settings for one of the databases to this process. Yields the database's URL."""
    before = dict(os.environ)
    os.environ.update(servers.environment(accounts, **more))
    settings.cache_clear()
    try:
        yield settings().database_url
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


async def reminders(servers: BenchServers, accounts: int) -> tuple[float, int]:
    """Seconds of planning one day, and the number of reminders; the day before is planned already."""
    now = clock.now()
    with settings_of(servers, accounts) as url:
        async with database(url, OF_JOBS):
            await fetch("INSERT INTO reminder_plan (id, planned_at, began_at) VALUES (1, $1, $1)", now)
            with clock.set_to(now + timedelta(days=79)):
                await plan_due(clock.now())
            with clock.set_to(now + timedelta(days=80)):
                seconds, found = await timed(lambda: plan_due(clock.now()))
    return seconds, len(found)


async def approvals(servers: BenchServers, accounts: int, count: int) -> tuple[float, float, bool]:
    """Approvals a second by sixteen approvers on one queue, those of a bare loop, and whether each was decided once."""
    with settings_of(servers, accounts) as url:
        async with database(url):
            people = await User.filter(role="CUSTOMER_SUCCESS").limit(APPROVERS)
            active = ChangeRequest.filter(
                state="PENDING", type="DATAPOINTS", account__expires_on__gt=clock.now().date()
            )
            queue = await active.order_by("id").limit(2 * count)
            preview_versions = {request.id: (await current_preview(request))[1].version for request in queue[:count]}
            seconds, decided_counts = await timed(lambda: _approve_concurrently(people, preview_versions))
    bare_seconds, _ = await timed(lambda: _bare_approvals(url, queue[count:], people[0].id))
    return count / seconds, count / bare_seconds, sum(decided_counts) == count


async def _approve_concurrently(people: list[User], preview_versions: dict[int, str]) -> list[int]:
    return list(await asyncio.gather(*(_approve(person, dict(preview_versions)) for person in people)))


async def _approve(person: User, preview_versions: dict[int, str]) -> int:
    """Try to approve every request, each approver from another place of the queue. Returns the number of successes."""
    ids = list(preview_versions)
    start = len(ids) * (person.id % APPROVERS) // APPROVERS
    decided = 0
    for request_id in ids[start:] + ids[:start]:
        try:
            await lifecycle.approve(request_id, by=person, preview_version=preview_versions[request_id])
            decided += 1
        except Refused:
            return decided  # another approver has decided from here on
    return decided


async def _bare_approvals(url: str, queue: list[ChangeRequest], by: int) -> None:
    waiting = list(queue)
    async with asyncpg.create_pool(url, min_size=APPROVERS, max_size=APPROVERS) as pool:

        async def approve() -> None:
            while waiting:
                request = waiting.pop()
                async with pool.acquire() as connection, connection.transaction():
                    account = (request.account_id,)
                    values = ((request.id,), account, (request.organisation_id,), account, (request.id, by),
                              (*account, request.id, by), (request.id,))  # fmt: skip
                    for statement, arguments in zip(APPROVAL_STATEMENTS, values, strict=True):
                        await connection.fetch(statement, *arguments)

        await asyncio.gather(*(approve() for _ in range(APPROVERS)))


async def timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    """Await the work. Returns its seconds and its result."""
    began = time.perf_counter()
    result = await work()
    return time.perf_counter() - began, result
