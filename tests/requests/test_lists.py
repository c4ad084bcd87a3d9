"""The queue is searched, filtered and counted by the server; what was decided stays readable."""

from datetime import timedelta
from typing import Any

import pytest

from backend import clock
from tests.desk import NEW_ACCOUNT, Desk, Person

LIST = """
query ($states: [RequestState!]!, $filter: RequestFilter, $search: String) {
  changeRequests(states: $states, filter: $filter, search: $search) { totalCount nodes { accountName type } }
  requestCounts(states: $states, filter: $filter, search: $search) { type count }
}"""


async def listed(person: Person, states: tuple[str, ...] = ("PENDING",), **variables: Any) -> list[str]:
    """The account names of a list of requests; its counts by type agree with it."""
    data = (await person.asks(LIST, states=states, **variables)).data
    nodes = data["changeRequests"]["nodes"]
    assert data["changeRequests"]["totalCount"] == len(nodes)
    for counted in data["requestCounts"]:
        assert counted["count"] == len([node for node in nodes if node["type"] == counted["type"]])
    return [node["accountName"] for node in nodes]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"clientName": "acme retail"}, ["shop", "Plant 12"]),
        ({"licences": ["OPTIMISE"]}, ["mill", "Plant 12"]),
        ({"licences": ["DETECT"]}, ["shop", "mill"]),
        ({"minDatapoints": 50}, ["shop", "Plant 12"]),
        ({"minDatapoints": 251}, []),
        ({"clientName": "acme retail", "minDatapoints": 100}, ["Plant 12"]),
        ({}, ["shop", "mill", "Plant 12"]),
    ],
)
async def test_the_queue_is_narrowed_by_client_licence_and_size_of_the_change(
    desk: Desk, wanted: dict[str, Any], found: list[str]
) -> None:
    shop = await desk.account(name="shop", client_name="Acme Retail")
    mill = await desk.account(name="mill")
    await desk.super_admin.files("datapoints", accountId=shop, delta=-60)
    await desk.super_admin.files("licence", accountId=mill, licence="OPTIMISE")
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)

    assert await listed(desk.customer_success, filter=wanted) == found


async def test_the_queue_is_narrowed_to_what_has_waited_for_days(desk: Desk) -> None:
    await desk.super_admin.files("renewal", accountId=await desk.account(name="old"))
    clock.advance(timedelta(days=3))
    carla, ada = await desk.customer_success.signs_in(), await desk.super_admin.signs_in()
    await ada.files("renewal", accountId=await desk.account(name="new"))

    assert await listed(carla, filter={"filedDaysAgo": 3}) == ["old"]
    assert await listed(carla, filter={"filedDaysAgo": 0}) == ["old", "new"]
    assert await listed(carla, filter={"filedDaysAgo": 4}) == []


async def test_what_was_decided_long_ago_can_be_left_out(desk: Desk) -> None:
    filed = await desk.super_admin.files("renewal", accountId=await desk.account(name="old"))
    await desk.customer_success.rejects(filed.id)
    clock.advance(timedelta(days=91))
    ada, carla = await desk.super_admin.signs_in(), await desk.customer_success.signs_in()
    filed = await ada.files("renewal", accountId=await desk.account(name="new"))
    await carla.rejects(filed.id)

    decided = ("APPROVED", "REJECTED", "WITHDRAWN")
    assert await listed(ada, decided, filter={"decidedWithinDays": 90}) == ["new"]
    assert await listed(ada, decided) == ["old", "new"]


async def test_days_beyond_any_calendar_are_refused(desk: Desk) -> None:
    for days in (-1, 36_601, 2_000_000_000):
        answer = await desk.customer_success.asks(LIST, states=["PENDING"], filter={"filedDaysAgo": days})
        assert answer.code == "BAD_USER_INPUT"


async def test_counts_and_filters_stay_within_the_viewers_organisation(desk: Desk) -> None:
    await desk.super_admin.files("renewal", accountId=await desk.account(name="ours"))
    await desk.outsider.files("renewal", accountId=await desk.account(desk.rival, name="theirs"))

    assert await listed(desk.super_admin, filter={"clientName": "Client"}) == ["ours"]
    assert await listed(desk.customer_success, filter={"clientName": "Client"}) == ["ours", "theirs"]


async def test_members_are_told_no_counts(desk: Desk) -> None:
    assert (await desk.member.asks("{ requestCounts { type count } }")).code == "FORBIDDEN"


TOTAL = "query ($id: ID!) { changeRequest(id: $id) { clientTotal { clientName accounts datapoints } } }"


async def test_an_approver_sees_what_the_client_holds_in_the_same_organisation_today(desk: Desk) -> None:
    first = await desk.account(client_name="Acme Retail", datapoints=300)
    await desk.account(client_name="ACME RETAIL", datapoints=40)
    await desk.expired_account(client_name="Acme Retail", datapoints=999)
    await desk.account(desk.rival, client_name="Acme Retail", datapoints=999)
    change = await desk.super_admin.files("datapoints", accountId=first, delta=5)
    opening = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    stranger = await desk.super_admin.files(
        "newAccount", **NEW_ACCOUNT | {"accountName": "Plant 13", "clientName": "Nobody yet"}
    )

    totals = [
        (await desk.customer_success.asks(TOTAL, id=filed.id)).data["changeRequest"]["clientTotal"]
        for filed in (change, opening, stranger)
    ]

    assert totals == [
        {"clientName": "Acme Retail", "accounts": 2, "datapoints": 340},
        {"clientName": "Acme Retail", "accounts": 2, "datapoints": 340},
        {"clientName": "Nobody yet", "accounts": 0, "datapoints": 0},
    ]
