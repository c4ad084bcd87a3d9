"""Lists are searched, filtered, sorted and paged by the server; zones come from the date alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend import clock
from backend.storage import keyset
from tests.desk import Desk

LIST = """
query ($zone: Zone!, $search: String, $filter: AccountFilter, $orderBy: AccountOrder, $first: Int!, $after: String) {
  accounts(zone: $zone, search: $search, filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor node { id } } nodes { name }
  }
}"""


async def names(desk: Desk, zone: str = "ACTIVE", **variables: Any) -> list[str]:
    """Names of the accounts that Acme's SuperAdmin sees."""
    answer = await desk.super_admin.asks(LIST, **{"zone": zone, "first": 100, **variables})
    return [node["name"] for node in answer.data["accounts"]["nodes"]]


async def test_an_account_is_active_through_its_expiry_day_in_its_organisations_time_zone(desk: Desk) -> None:
    await desk.account(name="Last day", expires_on=desk.today())
    assert await names(desk) == ["Last day"]

    with clock.set_to(datetime(2026, 11, 23, 22, 59, tzinfo=UTC)):
        ada = await desk.super_admin.signs_in()
        assert (await ada.asks(LIST, zone="ACTIVE", first=5)).data["accounts"]["totalCount"] == 1
    # Midnight in Madrid, an hour before it in UTC.
    with clock.set_to(datetime(2026, 11, 23, 23, 0, tzinfo=UTC)):
        ada = await desk.super_admin.signs_in()
        assert (await ada.asks(LIST, zone="ACTIVE", first=5)).data["accounts"]["totalCount"] == 0
        assert (await ada.asks(LIST, zone="EXPIRED", first=5)).data["accounts"]["totalCount"] == 1


@pytest.mark.parametrize("field", ["NAME", "CLIENT_NAME", "LICENCE", "DATAPOINTS", "EXPIRES_ON"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_in_any_order_show_each_account_once(desk: Desk, field: str, direction: str) -> None:
    for number in range(11):
        await desk.account(
            client_name=f"Client {number % 3}",
            datapoints=20 + number % 4,
            licence=("DETECT", "ANALYSE", "PROFESSIONAL")[number % 3],
            expires_on=desk.today() + timedelta(days=30 + number % 5),
        )
    order = {"field": field, "direction": direction}
    whole = await names(desk, orderBy=order)

    paged: list[str] = []
    after = None
    while True:
        page = (await desk.super_admin.asks(LIST, zone="ACTIVE", first=3, after=after, orderBy=order)).data["accounts"]
        paged += [node["name"] for node in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert paged == whole
    assert len(set(paged)) == 11


async def test_the_order_is_what_was_asked_for(desk: Desk) -> None:
    for name, datapoints in (("b", 30), ("A", 500), ("c", 20)):
        await desk.account(name=name, datapoints=datapoints)

    assert await names(desk) == ["A", "b", "c"]
    assert await names(desk, orderBy={"field": "DATAPOINTS", "direction": "DESC"}) == ["A", "b", "c"]
    assert await names(desk, orderBy={"field": "DATAPOINTS"}) == ["c", "b", "A"]


@pytest.mark.parametrize(
    ("search", "found"),
    [("solar", ["Solar park"]), ("ACME", ["Wind farm"]), ("100%", ["100% green"]), ("_", []), ("", None)],
)
async def test_search_looks_at_name_and_client_and_takes_every_character_as_it_is(
    desk: Desk, search: str, found: list[str] | None
) -> None:
    await desk.account(name="Solar park")
    await desk.account(name="Wind farm", client_name="Acme")
    await desk.account(name="100% green")

    assert await names(desk, search=search) == (["100% green", "Solar park", "Wind farm"] if found is None else found)


@pytest.mark.parametrize("walked", [1, 4, 1_000])
@pytest.mark.parametrize("order", [{"field": "NAME"}, {"field": "DATAPOINTS", "direction": "DESC"}])
async def test_pages_of_a_search_show_each_account_once_however_many_are_looked_at_before_the_index(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, walked: int, order: dict[str, str]
) -> None:
    monkeypatch.setattr(keyset, "MAX_SCANNED_ROWS", walked)
    for number in range(12):
        word = "solar" if number % 4 == 3 or number > 8 else "wind"
        await desk.account(name=f"{number:02} {word}", datapoints=20 + number % 5)
    await desk.account(desk.rival, name="Their solar")
    whole = [name for name in await names(desk, orderBy=order) if "solar" in name]

    for person, theirs in ((desk.super_admin, 0), (desk.customer_success, 1)):
        for search in ("solar", "la"):
            paged: list[str] = []
            variables: dict[str, Any] = {"zone": "ACTIVE", "search": search, "first": 2, "orderBy": order}
            page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
            while page["pageInfo"]["hasNextPage"]:
                after = page["pageInfo"]["endCursor"]
                page = (await person.asks(LIST, **variables, after=after)).data["accounts"]
                paged += [node["name"] for node in page["nodes"]]
            assert [name for name in paged if name != "Their solar"] == whole
            assert len(paged) == len(whole) + theirs == page["totalCount"]


async def test_filters_narrow_the_list(desk: Desk) -> None:
    await desk.account(name="one", licence="DETECT", sector="RETAIL", client_name="Acme")
    await desk.account(name="two", licence="OPTIMISE", sector="RETAIL", expires_on=desk.today() + timedelta(days=10))

    assert await names(desk, filter={"licences": ["OPTIMISE", "ANALYSE"]}) == ["two"]
    assert await names(desk, filter={"sectors": ["RETAIL"]}) == ["one", "two"]
    assert await names(desk, filter={"clientName": "acme"}) == ["one"]
    assert await names(desk, filter={"expiresTo": str(desk.today() + timedelta(days=30))}) == ["two"]


async def test_a_list_holds_only_the_viewers_organisation_and_customer_success_sees_all(desk: Desk) -> None:
    await desk.account(name="ours")
    await desk.account(desk.rival, name="theirs")

    assert await names(desk) == ["ours"]
    seen = await desk.customer_success.asks(LIST, zone="ACTIVE", first=10)
    assert [node["name"] for node in seen.data["accounts"]["nodes"]] == ["ours", "theirs"]


async def test_members_see_the_active_accounts_of_their_organisation_at_home(desk: Desk) -> None:
    await desk.account(name="ours")
    await desk.expired_account(name="old")
    await desk.account(desk.rival, name="theirs")

    home = await desk.member.asks("{ homeAccounts { totalCount nodes { name daysLeft } } }")

    assert home.data["homeAccounts"] == {"totalCount": 1, "nodes": [{"name": "ours", "daysLeft": 200}]}
