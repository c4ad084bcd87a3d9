"""Bad input gets a clear refusal and changes nothing."""

from typing import Any
from unicodedata import normalize

import pytest

from backend.global_ids import global_id
from backend.mail.models import Mail
from backend.requests.models import ChangeRequest
from backend.requests.rules import tidy_name
from tests.desk import NEW_ACCOUNT, Answer, Desk

UNSEEN = ("\u3164", "\u2800", "\ufe0f", "\u115f", "\uffa0", "\u034f", "\u200b", "\u00ad", "\U000e0100", "\u0301")
"""Characters of which a name consists that nobody sees; the last is seen on a letter."""

TURNING = ("\u202a", "\u202e", "\u2066", "\u2067", "\u2069", "\u200f", "\u061c", "\x1b", "\x7f")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"datapoints": 19}, "BELOW_MINIMUM", "datapoints"),
        ({"datapoints": -20}, "BELOW_MINIMUM", "datapoints"),
        ({"datapoints": 2_147_483_647}, "ABOVE_MAXIMUM", "datapoints"),
        ({"periodMonths": 0}, "PERIOD_OUT_OF_RANGE", "periodMonths"),
        ({"periodMonths": 61}, "PERIOD_OUT_OF_RANGE", "periodMonths"),
        ({"country": "FR"}, "RTC_LINES_OUTSIDE_SPAIN", "rtcLines"),
        ({"rtcLines": -1}, "NEGATIVE", "rtcLines"),
        ({"licence": "PLATINUM"}, "UNKNOWN_LICENCE", "licence"),
        ({"sector": "SPACE"}, "UNKNOWN_SECTOR", "sector"),
        ({"country": "XX", "rtcLines": 0}, "UNKNOWN_COUNTRY", "country"),
        ({"mailDomain": "rival.example"}, "FOREIGN_MAIL_DOMAIN", "mailDomain"),
        ({"accountName": "   "}, "REQUIRED", "accountName"),
        ({"accountName": "x" * 121}, "TOO_LONG", "accountName"),
        ({"accountName": "a" + "\u0301\u0323" * 5_000}, "TOO_LONG", "accountName"),
        ({"clientName": " \u0301" * 5_000}, "TOO_LONG", "clientName"),
        ({"accountName": "Plant\u202e12"}, "BAD_CHARACTERS", "accountName"),
        ({"accountName": "\u00a0\u2003\u3000"}, "REQUIRED", "accountName"),
        *(({"accountName": char}, "BAD_CHARACTERS", "accountName") for char in UNSEEN),
        *(({"accountName": f"Plant{char} 13"}, "BAD_CHARACTERS", "accountName") for char in UNSEEN[:-1]),
        ({"clientName": "\u3164\u2800"}, "BAD_CHARACTERS", "clientName"),
        *(({"comment": f"a{char}b"}, "BAD_CHARACTERS", "comment") for char in TURNING),
        ({"clientName": ""}, "REQUIRED", "clientName"),
        ({"comment": "x" * 501}, "TOO_LONG", "comment"),
    ],
)
async def test_a_new_account_that_breaks_a_rule_is_refused(
    desk: Desk, wrong: dict[str, Any], code: str, field: str
) -> None:
    refused = await desk.super_admin.files("newAccount", **NEW_ACCOUNT | wrong)

    assert (refused.codes, refused.fields) == ([code], [field])
    assert refused.errors[0]["message"]
    await _nothing_was_written()


async def test_a_name_counts_as_it_is_composed(desk: Desk) -> None:
    longest = "Ǖ" * 120
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT | {"accountName": normalize("NFD", longest)})

    assert filed.request is not None
    assert filed.request["accountName"] == longest


@pytest.mark.parametrize("twin", ["Plant\u00a012", "Plant\u200212", "\u3000Plant  12\u2009", "PLANT\u202f12"])
async def test_a_name_that_looks_like_one_that_is_taken_is_taken(desk: Desk, twin: str) -> None:
    await desk.account(name="Plant 12")

    assert (await desk.super_admin.files("newAccount", **NEW_ACCOUNT | {"accountName": twin})).codes == ["NAME_TAKEN"]


async def test_a_reason_that_is_not_read_as_it_is_written_is_refused(desk: Desk) -> None:
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)

    refused = await desk.customer_success.rejects(filed.id, "Approved \u202etey ton")

    assert (refused.codes, refused.fields) == (["BAD_CHARACTERS"], ["reason"])
    assert await desk.state_of(filed.id) == "PENDING"


def test_what_no_composing_makes_short_enough_is_not_composed() -> None:
    # Marks in their wrong order: to put them in order takes the square of their number.
    endless = "a" + "\u0301\u0323" * 15_000

    assert tidy_name(f"  {endless} ") == endless


async def test_everything_that_is_wrong_is_said_at_once(desk: Desk) -> None:
    refused = await desk.super_admin.files("newAccount", **NEW_ACCOUNT | {"datapoints": 1, "periodMonths": 99})

    assert set(refused.codes) == {"BELOW_MINIMUM", "PERIOD_OUT_OF_RANGE"}


@pytest.mark.parametrize(("delta", "code"), [(0, "NO_CHANGE"), (-81, "BELOW_MINIMUM"), (2_000_000, "ABOVE_MAXIMUM")])
async def test_a_delta_that_breaks_a_rule_is_refused(desk: Desk, delta: int, code: str) -> None:
    account = await desk.account(datapoints=100)

    refused = await desk.super_admin.files("datapoints", accountId=account, delta=delta)

    assert (refused.codes, refused.fields) == ([code], ["delta"])
    await _nothing_was_written()


async def test_a_removal_down_to_the_minimum_is_accepted(desk: Desk) -> None:
    account = await desk.account(datapoints=100)

    assert (await desk.super_admin.files("datapoints", accountId=account, delta=-80)).errors == []


@pytest.mark.parametrize(("licence", "code"), [("DETECT", "SAME_LICENCE"), ("GOLD", "UNKNOWN_LICENCE")])
async def test_a_licence_that_is_the_current_or_unknown_is_refused(desk: Desk, licence: str, code: str) -> None:
    account = await desk.account(licence="DETECT")

    assert (await desk.super_admin.files("licence", accountId=account, licence=licence)).codes == [code]
    await _nothing_was_written()


@pytest.mark.parametrize("months", [0, 61, -5, 2_147_483_647])
async def test_a_renewal_for_an_impossible_period_is_refused(desk: Desk, months: int) -> None:
    account = await desk.account()

    refused = await desk.super_admin.files("renewal", accountId=account, periodMonths=months)

    assert refused.codes == ["PERIOD_OUT_OF_RANGE"]
    await _nothing_was_written()


async def test_another_organisations_account_answers_like_one_that_does_not_exist(desk: Desk) -> None:
    foreign, absent = await desk.account(desk.rival), global_id("Account", 999_999)
    query = "query ($id: ID!) { account(id: $id) { name } }"
    mutation = "mutation ($id: ID!) { requestRenewal(input: {accountId: $id}) { errors { code } } }"

    for operation in (query, mutation):
        answers = [await desk.super_admin.asks(operation, id=wanted) for wanted in (foreign, absent)]
        assert answers[0].code == "NOT_FOUND"
        assert answers[0] == answers[1]
    await _nothing_was_written()


async def test_another_organisations_request_answers_like_one_that_does_not_exist(desk: Desk) -> None:
    filed = await desk.outsider.files("renewal", accountId=await desk.account(desk.rival))
    query = "query ($id: ID!) { changeRequest(id: $id) { id } }"
    mutation = "mutation ($id: ID!) { withdrawRequest(input: {id: $id}) { errors { code } } }"

    for operation in (query, mutation):
        answers = [
            await desk.super_admin.asks(operation, id=wanted)
            for wanted in (filed.id, global_id("ChangeRequest", 999_999))
        ]
        assert answers[0].code == "NOT_FOUND"
        assert answers[0] == answers[1]
    assert await desk.state_of(filed.id) == "PENDING"


@pytest.mark.parametrize(
    "wrong", ["", "7", "zz", "QWNjb3VudDow", "QWNjb3VudDox=", "Q2hhbmdlUmVxdWVzdDox", "ÄÖ", "A" * 5000]
)
async def test_a_bad_id_is_refused(desk: Desk, wrong: str) -> None:
    answer = await desk.super_admin.asks("query ($id: ID!) { account(id: $id) { name } }", id=wrong)

    assert answer.code == "BAD_USER_INPUT"


@pytest.mark.parametrize("first", [0, -1, 101, 2_147_483_647])
async def test_a_page_has_1_to_100_rows(desk: Desk, first: int) -> None:
    for field in ("accounts(zone: ACTIVE, first: $n)", "changeRequests(first: $n)", "homeAccounts(first: $n)"):
        answer = await desk.super_admin.asks(f"query ($n: Int!) {{ {field} {{ totalCount }} }}", n=first)
        assert answer.code == "BAD_USER_INPUT"


async def test_a_bad_cursor_is_refused(desk: Desk) -> None:
    await desk.account()
    list_by = "query ($after: String, $by: AccountOrderField!) { accounts(zone: ACTIVE, after: $after,"
    list_by += " orderBy: {field: $by}) { pageInfo { endCursor } } }"
    by_name = (await desk.super_admin.asks(list_by, by="NAME")).data["accounts"]["pageInfo"]["endCursor"]

    for cursor, order in [("", "NAME"), ("zz", "NAME"), (by_name, "EXPIRES_ON"), (by_name[:-2] + "AA", "NAME")]:
        assert (await desk.super_admin.asks(list_by, after=cursor, by=order)).code == "BAD_USER_INPUT"


@pytest.mark.parametrize("text", ["a\u0000b", "\ud800"])
async def test_text_that_no_database_can_hold_is_refused(desk: Desk, text: str) -> None:
    body = (
        '{"query": "query ($s: String) { accounts(zone: ACTIVE, search: $s) { totalCount } }", "variables": {"s": %s}}'
    )
    escaped = "".join(f"\\u{ord(char):04x}" for char in text)
    headers = {"content-type": "application/json"}
    response = await desk.super_admin.client.post("/graphql", content=body % f'"{escaped}"', headers=headers)

    assert Answer(response.json()).code == "BAD_USER_INPUT"


async def _nothing_was_written() -> None:
    assert await ChangeRequest.all().count() == 0
    assert await Mail.all().count() == 0
