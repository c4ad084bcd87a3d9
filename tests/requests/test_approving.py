"""Only approval changes an account: once, by another person, to what that person saw."""

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from backend import clock
from backend.accounts.models import Account
from backend.identity.models import User
from backend.settings import settings
from backend.storage.database import fetch
from tests.desk import NEW_ACCOUNT, Desk
from tests.waiting import until


async def test_approving_datapoints_changes_the_account_and_says_who_decided(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=50)

    approved = await desk.customer_success.approves(filed.id)

    assert approved.request is not None
    assert (approved.request["state"], approved.request["decision"]["by"]["name"]) == ("APPROVED", "Carla")
    assert (await desk.sees(account))["datapoints"] == 150


async def test_approving_a_licence_replaces_it(desk: Desk) -> None:
    account = await desk.account(licence="DETECT")
    filed = await desk.super_admin.files("licence", accountId=account, licence="ANALYSE")

    await desk.customer_success.approves(filed.id)

    assert (await desk.sees(account))["licence"]["code"] == "ANALYSE"


async def test_approving_a_new_account_opens_it_on_the_day_of_approval(desk: Desk) -> None:
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT | {"accountName": "  Plant   12 "})
    clock.advance(timedelta(days=2))
    carla = await desk.customer_success.signs_in()

    approved = await carla.approves(filed.id)

    assert approved.request is not None
    opened = await desk.sees(approved.request["account"]["id"])
    assert (opened["name"], opened["clientName"], opened["datapoints"]) == ("Plant 12", "Acme Retail", 250)
    assert (opened["startsOn"], opened["expiresOn"]) == ("2026-11-25", "2027-11-24")
    assert (opened["rtcLines"], opened["mailDomain"], opened["zone"]) == (4, "acme.example", "ACTIVE")
    assert [event["kind"] for event in opened["timeline"]["nodes"]] == ["APPROVED", "REQUESTED"]


async def test_an_early_renewal_starts_the_day_after_the_current_expiry(desk: Desk) -> None:
    account = await desk.account(anchor=date(2026, 1, 31), expires_on=date(2026, 12, 30), months=11)
    filed = await desk.super_admin.files("renewal", accountId=account, periodMonths=2)

    await desk.customer_success.approves(filed.id)

    renewed = await desk.sees(account)
    assert (renewed["startsOn"], renewed["expiresOn"]) == ("2026-12-31", "2027-02-27")


async def test_a_renewal_after_expiry_starts_on_the_day_of_approval(desk: Desk) -> None:
    account = await desk.expired_account()
    filed = await desk.super_admin.files("renewal", accountId=account, periodMonths=12)

    await desk.customer_success.approves(filed.id)

    renewed = await desk.sees(account)
    assert (renewed["startsOn"], renewed["expiresOn"], renewed["zone"]) == ("2026-11-23", "2027-11-22", "ACTIVE")


async def test_a_removal_that_no_longer_fits_is_refused_at_approval_and_stays_pending(desk: Desk) -> None:
    account = await desk.account(datapoints=70)
    removal = await desk.super_admin.files("datapoints", accountId=account, delta=-30)
    await Account.filter(name="Plant 1").update(datapoints=40, version=2)

    refusal = await desk.customer_success.approves(removal.id)

    assert refusal.codes == ["BELOW_MINIMUM"]
    assert await desk.state_of(removal.id) == "PENDING"
    assert (await desk.sees(account))["datapoints"] == 40


async def test_what_was_shown_is_what_is_applied_or_the_answer_is_stale_with_what_changed(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    licence = await desk.super_admin.files("licence", accountId=account, licence="OPTIMISE")
    datapoints = await desk.super_admin.files("datapoints", accountId=account, delta=15)
    await desk.customer_success.approves(datapoints.id)

    stale = await desk.customer_success.approves(licence.id, seen=licence.version)

    assert stale.codes == ["STALE"]
    assert stale.errors[0]["changes"] == [{"field": "DATAPOINTS", "before": "100", "after": "115"}]
    assert (await desk.sees(account))["licence"]["code"] == "DETECT"
    assert (await desk.customer_success.approves(licence.id)).errors == []


async def test_a_late_renewal_shown_yesterday_is_stale_today_because_its_dates_moved(desk: Desk) -> None:
    account = await desk.expired_account()
    renewal = await desk.super_admin.files("renewal", accountId=account)
    clock.advance(timedelta(days=1))
    carla = await desk.customer_success.signs_in()

    assert (await carla.approves(renewal.id, seen=renewal.version)).codes == ["STALE"]


async def test_an_account_that_expired_while_its_request_waited_is_not_changed(desk: Desk) -> None:
    account = await desk.account(expires_on=desk.today())
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
    clock.advance(timedelta(days=1))
    carla = await desk.customer_success.signs_in()

    assert (await carla.approves(filed.id)).codes == ["ACCOUNT_EXPIRED"]


async def test_a_decided_request_is_decided_and_the_late_one_learns_by_whom(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=50)
    await desk.colleague.approves(filed.id)

    late = await desk.customer_success.approves(filed.id, seen=filed.version)

    assert late.codes == ["ALREADY_DECIDED"]
    assert "Sofia" in late.errors[0]["message"]
    assert late.errors[0]["request"]["decision"]["by"]["name"] == "Sofia"
    assert (await desk.sees(account))["datapoints"] == 150


async def test_the_timeline_tells_what_was_asked_and_what_was_changed(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=50)
    clock.advance(timedelta(minutes=1))
    await desk.customer_success.approves(filed.id)

    approved, requested = (await desk.sees(account))["timeline"]["nodes"]

    assert (requested["kind"], requested["by"]["name"]) == ("REQUESTED", "Ada")
    assert (approved["kind"], approved["by"]["name"]) == ("APPROVED", "Carla")
    assert approved["changes"] == [{"field": "DATAPOINTS", "before": "100", "after": "150"}]


@pytest.mark.parametrize("loss", [{"is_active": False}, {"role": "MEMBER"}])
async def test_a_request_whose_author_is_no_longer_an_active_super_admin_is_not_approved(
    desk: Desk, loss: dict[str, Any]
) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
    await User.filter(name="Ada").update(**loss)

    shown = (await desk.customer_success.request(filed.id))["preview"]
    refusal = await desk.customer_success.approves(filed.id, seen=filed.version)

    assert shown["allowed"] is False
    assert {"code": "REQUESTER_INACTIVE", "field": None, "holds": False} in shown["rules"]
    assert refusal.codes == ["REQUESTER_INACTIVE"]
    assert (await desk.sees(account))["datapoints"] == 100
    assert (await desk.customer_success.rejects(filed.id)).errors == []


async def test_a_role_that_is_lost_while_an_approval_waits_no_longer_approves(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)

    somebody = await asyncpg.connect(settings().database_url)
    try:
        async with somebody.transaction():
            await somebody.execute("SELECT 1 FROM account FOR UPDATE")
            approval = asyncio.create_task(desk.customer_success.asks(APPROVE, id=filed.id, seen=filed.version))
            await until(an_approval_waits)
            await User.filter(name="Carla").update(is_active=False)
    finally:
        await somebody.close()

    assert (await approval).code == "UNAUTHENTICATED"
    assert (await desk.sees(account, desk.colleague))["datapoints"] == 100


APPROVE = """
mutation ($id: ID!, $seen: String!) {
  approveRequest(input: {id: $id, previewVersion: $seen}) { errors { code } }
}
"""


async def an_approval_waits() -> bool:
    """Whether somebody waits for a lock."""
    return bool(
        await fetch("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    )
