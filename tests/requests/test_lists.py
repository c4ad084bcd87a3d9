"""The queue is searched, filtered and counted by the server; what was decided stays readable."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backend import clock
from backend.mail import ledger_list as mail_lists
from backend.mail.ledger_list import MailList
from backend.requests import lists
from backend.requests.lists import RequestList
from backend.requests.models import RequestState
from backend.settings import settings
from backend.storage import keyset
from backend.storage.database import fetch
from backend.storage.keyset import Where
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


@pytest.mark.parametrize(
    ("search", "found", "found_by_customer_success"),
    [
        ("solar", ["Solar park"], ["Solar park"]),
        ("RETAIL", ["Solar park", "Plant 12"], ["Solar park", "Plant 12"]),
        ("park acme", ["Solar park"], ["Solar park"]),
        ("rival", [], ["Theirs"]),
        ("acme", ["Solar park", "Plant 12"], ["Solar park", "mill", "Plant 12"]),
        ("100%", [], []),
        ("_", [], []),
        ("pl", ["Plant 12"], ["Plant 12"]),
        ("  ", ["Solar park", "mill", "Plant 12"], ["Solar park", "mill", "Plant 12", "Theirs"]),
    ],
)
@pytest.mark.parametrize("walked", [1, 1_000])
async def test_a_search_looks_at_name_and_client_and_for_customer_success_at_the_organisation(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    search: str,
    found: list[str],
    found_by_customer_success: list[str],
    walked: int,
) -> None:
    monkeypatch.setattr(keyset, "MAX_SCANNED_ROWS", walked)
    solar = await desk.account(name="Solar park", client_name="Acme Retail")
    await desk.super_admin.files("renewal", accountId=solar)
    await desk.super_admin.files("renewal", accountId=await desk.account(name="mill"))
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    await desk.outsider.files("renewal", accountId=await desk.account(desk.rival, name="Theirs"))

    assert await listed(desk.super_admin, search=search) == found
    assert await listed(desk.customer_success, search=search) == found_by_customer_success


async def test_a_search_finds_what_was_decided_too(desk: Desk) -> None:
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    await desk.customer_success.approves(filed.id)

    assert await listed(desk.super_admin, ("APPROVED",), search="acme retail") == ["Plant 12"]


async def test_pages_of_a_search_show_each_request_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyset, "MAX_SCANNED_ROWS", 2)
    for number in range(9):
        account = await desk.account(name=f"{number} mill", client_name="Solar" if number % 3 else "Wind")
        await desk.super_admin.files("renewal", accountId=account)
    query = 'query ($after: String) { changeRequests(search: "solar", first: 2, after: $after) {'
    query += " pageInfo { hasNextPage endCursor } nodes { accountName } } }"
    paged: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        page = (await desk.super_admin.asks(query, after=page["pageInfo"]["endCursor"])).data["changeRequests"]
        paged += [node["accountName"] for node in page["nodes"]]

    assert paged == [f"{number} mill" for number in (1, 2, 4, 5, 7, 8)]


ORGANISATIONS = """
INSERT INTO organisation (name, country, time_zone, language, mail_domains)
SELECT md5(i::text || 'organisation'), 'ES', 'Europe/Madrid', 'en', '{}' FROM generate_series(1, 200) AS i
"""

PEOPLE = """
INSERT INTO person (organisation_id, name, email, role, language, time_zone, password_hash, is_active)
SELECT id, name, name || '@x.example', 'SUPER_ADMIN', 'en', 'UTC', 'x', true FROM organisation WHERE length(name) = 32
"""

MANY = """
WITH many AS (
    INSERT INTO account (organisation_id, name, client_name, licence, datapoints, sector, country, rtc_lines, anchor,
                         months, starts_on, expires_on, version)
    SELECT CASE WHEN i % 4 = 0 THEN (SELECT id FROM organisation WHERE name = 'Acme')
                ELSE (SELECT min(id) FROM organisation) + i % 200 END,
           md5(i::text), md5((i % 500)::text || 'client'), 'DETECT', 20, 'RETAIL', 'ES', 0, '2026-01-01', 12,
           '2026-01-01', '2026-12-31', 1
      FROM generate_series(1, 20000) AS i RETURNING *
)
INSERT INTO change_request (organisation_id, account_id, account_name, type, state, fields, comment, requested_by_id,
                            requested_at, changes)
SELECT organisation_id, id, name, 'LICENCE', 'PENDING', '{}', '', (SELECT id FROM person WHERE name = 'Ada'),
       now() + id * interval '1 s', '[]' FROM many
"""

MAILS = """
INSERT INTO mail (key, kind, recipient_id, request_id, facts, due_at, next_at, created_at)
SELECT id, 'REQUEST_FILED', (SELECT min(id) FROM person) + id % 200, id, '{}', now(), now(), now()
  FROM change_request
"""


async def plan_of(source: str, where: Where) -> str:
    """How PostgreSQL finds what a list counts."""
    sql = f"EXPLAIN SELECT count(*) FROM {source} WHERE {where}"
    return "\n".join(row["QUERY PLAN"] for row in await fetch(sql, *where.values))


async def test_a_search_reads_the_indexes_of_trigrams_and_no_table_of_requests_accounts_or_mails(desk: Desk) -> None:
    connection = await asyncpg.connect(settings().database_url)
    try:
        for statement in (ORGANISATIONS, PEOPLE, MANY, MAILS, "ANALYZE"):
            await connection.execute(statement)
    finally:
        await connection.close()
    whole = ("Seq Scan on change_request", "Seq Scan on account", "Seq Scan on mail")

    for person in (desk.customer_success, desk.super_admin):
        assert person.user is not None
        found = RequestList(person.user, [RequestState.PENDING], search="a87ff679")
        plan = await plan_of(lists.SOURCE, found._where())
        # An organisation's own few are read by its own indexes, where that is cheaper.
        if person is desk.customer_success:
            assert "change_request_search" in plan, plan
            assert "account_search" in plan, plan
        assert not [table for table in whole if table in plan], plan
    plan = await plan_of(mail_lists.SOURCE, MailList(search="a87ff679")._where())
    assert "change_request_search" in plan, plan
    assert "account_search" in plan, plan
    assert not [table for table in whole if table in plan], plan


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
