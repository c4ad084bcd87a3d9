"""How many there are is kept beside the accounts and the queue, and is told without a look at them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from backend.settings import settings
from backend.storage.database import fetch
from tests.counted import counted_wrongly
from tests.desk import NEW_ACCOUNT, Desk
from tests.owner import by_owner

COUNTS = """
query ($soon: Date!) {
  zoneCounts { active expired applications }
  requestCounts { type count }
  soon: accounts(zone: ACTIVE, filter: {expiresTo: $soon}, first: 1) { totalCount }
}"""

COUNTS_ALONE = "{ zoneCounts { active expired applications } requestCounts { type count } }"

LOCK = "LOCK TABLE account, change_request IN ACCESS EXCLUSIVE MODE"


@pytest.fixture
async def locked_away(desk: Desk) -> AsyncIterator[asyncpg.Connection]:
    """A connection that keeps everybody from accounts and requests from when it says so."""
    connection = await asyncpg.connect(settings().owner_url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_counts_are_told_while_nobody_can_look_at_what_is_counted(
    desk: Desk, locked_away: asyncpg.Connection
) -> None:
    await desk.account()
    await desk.expired_account()
    await desk.super_admin.files("renewal", accountId=await desk.account())

    async with locked_away.transaction():
        await locked_away.execute(LOCK)
        told = (await desk.customer_success.asks(COUNTS_ALONE)).data

    assert told["zoneCounts"] == {"active": 2, "expired": 1, "applications": 1}
    assert {one["type"]: one["count"] for one in told["requestCounts"]} == {
        "NEW_ACCOUNT": 0,
        "DATAPOINTS": 0,
        "LICENCE": 0,
        "RENEWAL": 1,
    }


async def test_each_filing_and_decision_is_counted(desk: Desk) -> None:
    ada, carla = desk.super_admin, desk.customer_success
    soon = desk.today() + timedelta(days=20)
    account = await desk.account(expires_on=soon)
    seen = []

    async def look() -> None:
        told = (await ada.asks(COUNTS, soon=soon.isoformat())).data
        zones = told["zoneCounts"]
        seen.append((zones["active"], told["soon"]["totalCount"], zones["applications"]))

    await look()
    renewal = await ada.files("renewal", accountId=account)
    opening = await ada.files("newAccount", **NEW_ACCOUNT)
    licence = await ada.files("licence", accountId=account, licence="PROFESSIONAL")
    more = await ada.files("datapoints", accountId=account, delta=5)
    await look()
    await carla.approves(renewal.id)
    await look()
    await carla.approves(opening.id)
    await look()
    await carla.rejects(licence.id)
    await ada.withdraws(more.id)
    await look()

    assert seen == [(1, 1, 0), (1, 1, 4), (1, 0, 3), (2, 0, 2), (2, 0, 0)]
    assert await counted_wrongly() == []


async def test_an_account_that_is_moved_or_removed_by_hand_is_counted_where_it_is(desk: Desk) -> None:
    await desk.account(name="moved")
    await desk.account(name="removed")

    await fetch(
        "UPDATE account SET expires_on = expires_on + 1, organisation_id = $1 WHERE name = 'moved'", desk.rival.id
    )
    await by_owner("DELETE FROM account WHERE name = 'removed'")

    assert await counted_wrongly() == []
    assert (await desk.super_admin.asks(COUNTS_ALONE)).data["zoneCounts"]["active"] == 0
