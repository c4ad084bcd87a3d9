"""Forged cursors and ids get BAD_USER_INPUT or a page, never a server error, in every list."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from backend.global_ids import MAX_KEY
from tests.api.documents import SCHEMA, documents_with_text, own_types, root_of
from tests.desk import Desk
from tests.promises import Promise

ACCOUNTS = "accounts(zone: ACTIVE, orderBy: {{field: {field}, direction: {direction}}}, first: 1, after: $after)"
REQUESTS = "changeRequests(orderBy: {{field: REQUESTED_AT, direction: {direction}}}, first: 1, after: $after)"
PAGE = "{ totalCount pageInfo { endCursor } }"

LISTS = {
    "homeAccounts": f"homeAccounts(first: 1, after: $after) {PAGE}",
    **{
        f"accounts by {field} {direction}": f"{ACCOUNTS.format(field=field, direction=direction)} {PAGE}"
        for field in ("NAME", "CLIENT_NAME", "LICENCE", "DATAPOINTS", "EXPIRES_ON")
        for direction in ("ASC", "DESC")
    },
    **{
        f"changeRequests {direction}": f"{REQUESTS.format(direction=direction)} {PAGE}" for direction in ("ASC", "DESC")
    },
    "auditLog": f"auditLog(first: 1, after: $after) {PAGE}",
    "mails": f"mails(first: 1, after: $after) {PAGE}",
    "timeline": f"account(id: $id) {{ list: timeline(first: 1, after: $after) {PAGE} }}",
}

ROOT_LISTS = {"Query.accounts", "Query.auditLog", "Query.changeRequests", "Query.homeAccounts", "Query.mails"}
OBJECT_LISTS = {"Account.timeline"}

TEXTS: tuple[Any, ...] = ("", "x", "a\0b", "\0", "\ud800", "x\udfff", "\ufffe", "é" * 3_000)

SHORT_TEXTS = TEXTS[:5]

DAYS: tuple[Any, ...] = (
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "-001-01-01",
    "2027-02-29",
    "2027-W01-1",
    "20270101",
    "２０２７-01-01",
)

INSTANTS: tuple[Any, ...] = (
    *DAYS,
    "0001-01-01T00:00:00+00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999+00:00",
    "9999-12-31T23:59:59.999999-14:00",
    "9999-12-31T23:59:59-23:59",
    "2026-11-23T09:00:00",
    "2026-11-23T09:00:00+02:00",
    "2026-11-23T09:00:00+23:59:59.999999",
    "2026-11-23T09:00:00Z",
    "2026-11-23T24:00:00+00:00",
    "infinity",
    "-infinity",
    "now",
)

NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64),
    *(10**400, 1.5, 1e308, float("nan"), float("inf"), float("-inf")),
)

WRONG_TYPES: tuple[Any, ...] = (None, True, False, [], [1], {}, {"a": 1})

INVALID_CURSORS: tuple[str, ...] = (
    "",
    " ",
    "zz",
    "=",
    "ÄÖ",
    "A" * 5_000,
    "\u2028",
    "W10",
    "bnVsbA",
    "e30",
    "LTE",
    "MQ==",
)
"""Texts that are not cursors, among them encodings of an empty list, null, an empty object and a number."""


def encoded(content: Any) -> str:
    """The cursor with this content, valid or not."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def forged_contents(valid: list[Any]) -> Iterator[list[Any]]:
    """Contents of a valid cursor with each part forged in every way, and with too many or too few parts."""
    for place, values in enumerate((SHORT_TEXTS, (*NUMBERS[:3], "true"), (*TEXTS, *INSTANTS, *NUMBERS), NUMBERS)):
        for value in (*values, *WRONG_TYPES):
            yield [*valid[:place], value, *valid[place + 1 :]]
    yield from (valid[:-1], [*valid, 1], [valid], [], valid[::-1])


def decoded(cursor: str) -> list[Any]:
    """The content of a cursor."""
    content: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return content


def test_forged_cursors_are_tested_for_every_list() -> None:
    found = {
        f"{kind.name}.{name}"
        for kind in (root_of("query"), *own_types())
        for name, field in getattr(kind, "fields", {}).items()
        if "after" in getattr(field, "args", {})
    }

    assert found == ROOT_LISTS | OBJECT_LISTS
    assert {name.partition(" ")[0] for name in LISTS} == {name.partition(".")[2] for name in found}


@pytest.mark.parametrize("name", LISTS)
async def test_a_forged_cursor_gets_a_page_or_bad_user_input(desk: Desk, name: str, promise: Promise) -> None:
    account = await desk.account()
    await desk.account()
    await desk.super_admin.files("renewal", accountId=account)
    await desk.super_admin.files("datapoints", accountId=account, delta=5)
    variables_text = "($id: ID!, $after: String)" if "$id" in LISTS[name] else "($after: String)"
    query = f"query {variables_text} {{ {LISTS[name]} }}"
    variables: dict[str, Any] = {"id": account} if "$id" in query else {}
    person = desk.super_admin if name == "homeAccounts" else desk.customer_success

    async def page(cursor: str | None) -> tuple[str, Any]:
        """OK or the error code, and the list."""
        answer = await person.asks(query, **variables, after=cursor)
        if "errors" in answer.body:
            return answer.code, None
        (found,) = answer.body["data"].values()
        return "OK", found.get("list", found)

    _, first = await page(None)
    valid = decoded(first["pageInfo"]["endCursor"])
    tried = 0
    with capture_logs() as logs:
        for content in forged_contents(valid):
            code, _ = await page(encoded(content))
            tried += 1
            assert code in {"OK", "BAD_USER_INPUT"}, content
        for cursor in INVALID_CURSORS:
            code, _ = await page(cursor)
            tried += 1
            assert code == "BAD_USER_INPUT", cursor

    assert [entry for entry in logs if entry["log_level"] in {"error", "critical"}] == []
    assert (await page(encoded(valid)))[0] == "OK"
    promise(f"Forged cursors of {name}, and server errors by them", f"{tried}, 0")


@pytest.mark.parametrize("place", [2, 3])
async def test_a_cursor_with_impossible_values_is_refused(desk: Desk, place: int) -> None:
    await desk.account()
    await desk.account()
    query = f"query ($after: String) {{ {LISTS['accounts by NAME ASC']} }}"
    valid = decoded((await desk.super_admin.asks(query)).data["accounts"]["pageInfo"]["endCursor"])
    wrong = {2: ("a\0b", "\ud800", 7, None), 3: (0, -1, MAX_KEY + 1, 10**400, 1.5, "1", True, None)}

    for value in wrong[place]:
        forged = [*valid[:place], value, *valid[place + 1 :]]
        assert (await desk.super_admin.asks(query, after=encoded(forged))).code == "BAD_USER_INPUT", value


KEYS = (
    "0",
    "-1",
    str(MAX_KEY),
    str(MAX_KEY + 1),
    "9" * 400,
    "1.5",
    "1e3",
    "0x1",
    "１",
    " 1",
    "+1",
    "1_0",
    "",
    "\0",
    "nan",
)


@pytest.mark.parametrize("caller", ["super_admin", "customer_success"])
async def test_a_forged_id_causes_no_server_error_in_any_argument(desk: Desk, caller: str, promise: Promise) -> None:
    person, tried, faults = getattr(desk, caller), 0, list[str]()

    for kind in ("Account", "ChangeRequest", "Session", "Mail", "Nothing"):
        for key in KEYS:
            forged = base64.b64encode(f"{kind}:{key}".encode()).decode().rstrip("=")
            for where, document in documents_with_text(forged):
                if not where.lower().endswith(("id", "account")):
                    continue
                answer = await person.asks(document)
                tried += 1
                codes = {error["extensions"]["code"] for error in answer.body.get("errors", ())}
                if answer.status not in {200, 400} or codes & {"INTERNAL", "UNAVAILABLE", "TIMEOUT"}:
                    faults.append(f"{where} {kind}:{key}")

    assert faults == []
    assert tried > 0
    promise(f"Arguments with forged ids sent by {caller}, and server errors by them", f"{tried}, 0")


async def test_a_very_long_text_causes_no_server_error_in_any_argument(desk: Desk) -> None:
    for text in ("x" * 12_000, "\u0301" * 4_000):
        for where, document in documents_with_text(text):
            answer = await desk.super_admin.asks(document)
            codes = {error["extensions"]["code"] for error in answer.body.get("errors", ())}
            assert not codes & {"INTERNAL", "UNAVAILABLE", "TIMEOUT"}, where


def test_the_schema_has_no_other_paging_arguments() -> None:
    cursors = {
        name
        for kind in SCHEMA.type_map.values()
        for field in getattr(kind, "fields", {}).values()
        for name in getattr(field, "args", {})
        if name in {"before", "last", "offset", "page"}
    }

    assert cursors == set()
