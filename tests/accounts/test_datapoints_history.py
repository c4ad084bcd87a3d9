"""An account knows how many datapoints it had since when, and its timeline can be read by kind of event."""

from datetime import date, timedelta
from typing import Any

from backend import clock
from tests.desk import NEW_ACCOUNT, Desk

HISTORY = "query ($id: ID!) { account(id: $id) { datapointsHistory { on datapoints } } }"
KINDS = "query ($id: ID!, $kinds: [TimelineKind!]) { account(id: $id) { timeline(kinds: $kinds) { nodes { kind } } } }"


async def history(desk: Desk, account: str) -> list[tuple[str, int]]:
    """The steps of an account, as its SuperAdmin sees them."""
    answer = await desk.super_admin.asks(HISTORY, id=account)
    return [(step["on"], step["datapoints"]) for step in answer.data["account"]["datapointsHistory"]]


async def changes(desk: Desk, account: str, delta: int) -> None:
    """A change of datapoints is asked for and approved."""
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=delta)
    assert (await desk.customer_success.approves(filed.id)).errors == []


async def test_an_account_that_never_changed_has_one_step_from_its_first_day(desk: Desk) -> None:
    account = await desk.account(datapoints=70, anchor=date(2026, 6, 12))

    assert await history(desk, account) == [("2026-06-12", 70)]


async def test_each_approved_change_is_a_step_and_nothing_else_is(desk: Desk) -> None:
    account = await desk.account(datapoints=100, anchor=date(2026, 6, 12))
    await changes(desk, account, 50)
    clock.advance(timedelta(days=2))
    await desk.super_admin.signs_in()
    await desk.customer_success.signs_in()
    await changes(desk, account, -30)
    refused = await desk.super_admin.files("datapoints", accountId=account, delta=900)
    await desk.customer_success.rejects(refused.id)

    assert await history(desk, account) == [("2026-06-12", 100), ("2026-11-23", 150), ("2026-11-25", 120)]


async def test_an_account_that_was_opened_by_a_request_starts_on_the_day_of_its_approval(desk: Desk) -> None:
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    approved = await desk.customer_success.approves(filed.id)
    assert approved.request

    assert await history(desk, approved.request["account"]["id"]) == [("2026-11-23", 250)]


async def test_a_contract_that_began_anew_keeps_what_came_before(desk: Desk) -> None:
    account = await desk.account(datapoints=100, expires_on=desk.today())
    await changes(desk, account, 20)
    clock.advance(timedelta(days=40))
    await desk.super_admin.signs_in()
    await desk.customer_success.signs_in()
    renewal = await desk.super_admin.files("renewal", accountId=account, periodMonths=12)
    assert (await desk.customer_success.approves(renewal.id)).errors == []

    assert await history(desk, account) == [("2026-11-23", 100), ("2026-11-23", 120)]


async def test_a_timeline_shows_the_kinds_that_are_asked_for(desk: Desk) -> None:
    account = await desk.account()
    await changes(desk, account, 50)
    regretted = await desk.super_admin.files("datapoints", accountId=account, delta=1)
    await desk.super_admin.withdraws(regretted.id)

    async def kinds(wanted: list[str] | None) -> Any:
        nodes = (await desk.super_admin.asks(KINDS, id=account, kinds=wanted)).data["account"]["timeline"]["nodes"]
        return [node["kind"] for node in nodes]

    assert await kinds(None) == ["WITHDRAWN", "REQUESTED", "APPROVED", "REQUESTED"]
    assert await kinds(["APPROVED", "WITHDRAWN"]) == ["WITHDRAWN", "APPROVED"]
    assert await kinds(["REJECTED"]) == []
