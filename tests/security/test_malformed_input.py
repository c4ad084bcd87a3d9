"""Malformed requests and values of a wrong type are refused with a code and cause no server error."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from backend.requests.models import ChangeRequest
from tests.api.documents import documents_with_text
from tests.desk import NEW_ACCOUNT, Desk
from tests.promises import Promise
from tests.serving import HttpClient, ServedDesk, code_of

SEARCH = "query ($s: String) { accounts(zone: ACTIVE, search: $s) { totalCount } }"
FILTER = "query ($f: AccountFilter) { accounts(zone: ACTIVE, filter: $f) { totalCount } }"
FILE = "mutation ($input: NewAccountInput!) { requestNewAccount(input: $input) { errors { code } } }"
PREVIEW = "query ($c: ChangeInput!) { preview(change: $c) { allowed } }"
DELTA = "mutation ($input: DatapointsChangeInput!) { requestDatapointsChange(input: $input) { errors { code } } }"


@pytest.fixture
async def ada(served_desk: ServedDesk) -> AsyncIterator[HttpClient]:
    """A SuperAdmin's client; checks at the end that the server answers, stored nothing and logged no error."""
    http_client = await served_desk.open_client(served_desk.desk.super_admin)
    with capture_logs() as logs:
        yield http_client
        await http_client.check_is_served()
    assert [entry for entry in logs if entry["log_level"] in {"error", "critical"}] == []
    assert await ChangeRequest.all().count() == 0


MALFORMED_BODIES: dict[str, bytes] = {
    "a list nested 30,000 deep": b"[" * 30_000 + b"]" * 30_000,
    "an object nested 10,000 deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep variables": b'{"query": "{ __typename }", "variables": {"x": ' + b"[" * 25_000 + b"]" * 25_000 + b"}}",
    "an integer of 5,000 digits": b'{"query": "{ __typename }", "variables": {"x": ' + b"7" * 5000 + b"}}",
    "bytes that are no UTF-8": b'{"query": "{ __typename }", "operationName": "\xff\xfe"}',
    "a bare string": b'"x"',
    "a bare number": b"7",
    "null": b"null",
    "true": b"true",
    "nothing": b"",
    "spaces": b"   ",
    "an empty object": b"{}",
    "half an object": b'{"query": "{ __type',
    "two objects": b'{"query": "{ __typename }"}{"query": "{ __typename }"}',
    "junk at the end": b'{"query": "{ __typename }"} x',
    "a byte order mark": b'\xef\xbb\xbf{"query": "{ __typename }"}',
    "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "NaN": b'{"query": "{ __typename }", "variables": {"x": NaN}}',
    "Infinity": b'{"query": "{ __typename }", "variables": {"x": -Infinity}}',
    "1e400": b'{"query": "{ __typename }", "variables": {"x": 1e400}}',
    "no query": b'{"variables": {}}',
    "an empty hash": b'{"extensions": {"persistedQuery": {}}}',
    "a hash of another version": b'{"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "'
    + b"0" * 64
    + b'"}}}',
}


async def test_a_body_that_is_not_a_graphql_request_is_refused(ada: HttpClient) -> None:
    for name, body in MALFORMED_BODIES.items():
        answer = await ada.post_body(body)

        assert answer.status_code == 400, name
        assert code_of(answer) in {"BAD_REQUEST", "BATCHING_OFF", "QUERY_TOO_COMPLEX"}, name


NOT_TEXTS: tuple[Any, ...] = ([], {}, 7, True, ["{ __typename }"])
NOT_OBJECTS: tuple[Any, ...] = ("x", [], 7, True, '{"a": 1}')
NOT_NAMES: tuple[Any, ...] = (7, [], {}, True)

WRONG_MEMBER_TYPES: list[dict[str, Any]] = [
    *({"query": value} for value in NOT_TEXTS),
    *({"query": "{ __typename }", "variables": value} for value in NOT_OBJECTS),
    *({"query": "{ __typename }", "operationName": value} for value in NOT_NAMES),
    *({"query": "{ __typename }", "extensions": value} for value in NOT_OBJECTS),
    *({"query": "{ __typename }", "extensions": {"persistedQuery": value}} for value in NOT_OBJECTS),
]


async def test_a_member_of_another_type_is_refused(ada: HttpClient) -> None:
    for body in WRONG_MEMBER_TYPES:
        answer = await ada.post_body(json.dumps(body))

        assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST"), body


INVALID_DOCUMENTS: dict[str, tuple[str, ...]] = {
    "GRAPHQL_PARSE_FAILED": ("", "{", "# nothing", "{ viewer { id } } \ud800", "{ viewer { id } } \u0000"),
    "UNKNOWN_OPERATION": (
        "query A { viewer { id } } query B { viewer { id } }",
        "{ viewer { id } } { viewer { name } }",
        "fragment F on Viewer { id }",
        "type Query { a: Int }",
    ),
    "GRAPHQL_VALIDATION_FAILED": (
        "{ viewer { ...Nowhere } }",
        "{ accounts(zone: active) { totalCount } }",
        "{ accounts(zone: ACTIVE, first: 2147483648) { totalCount } }",
        "{ accounts(zone: ACTIVE, first: -2147483649) { totalCount } }",
        "{ accounts(zone: ACTIVE, first: " + "7" * 5000 + ") { totalCount } }",
        '{ accounts(zone: ACTIVE, filter: {more: "x"}) { totalCount } }',
        "{ accounts { totalCount } }",
        "{ accounts(zone: null) { totalCount } }",
    ),
}


@pytest.mark.parametrize("code", INVALID_DOCUMENTS)
async def test_a_document_that_is_not_valid_is_refused(ada: HttpClient, code: str) -> None:
    for document in INVALID_DOCUMENTS[code]:
        answer = await ada.asks(document)

        assert (answer.status_code, code_of(answer)) == (400, code), document


@pytest.mark.parametrize("name", ["B", "", "a"])
async def test_an_operation_that_the_document_does_not_have_is_refused(ada: HttpClient, name: str) -> None:
    answer = await ada.post_body(json.dumps({"query": "query A { viewer { id } }", "operationName": name}))

    assert (answer.status_code, code_of(answer)) == (400, "UNKNOWN_OPERATION")


async def test_two_operations_of_one_name_are_refused(ada: HttpClient) -> None:
    twice = {"query": "query A { viewer { id } } query A { viewer { name } }", "operationName": "A"}

    assert code_of(await ada.post_body(json.dumps(twice))) in {"UNKNOWN_OPERATION", "GRAPHQL_VALIDATION_FAILED"}


DATES: tuple[Any, ...] = (
    "0000-00-00",
    "2027-02-29",
    "10000-01-01",
    "2027-01-01Z",
    "2027-01-01T00:00:00",
    7,
    "",
    "x",
    {},
)
DELTAS: tuple[Any, ...] = ("+5", "5.0", " -3", "１２", "\u22125", "1e2", 5.5, 2**31, -(2**31) - 1, True, None, [], "5")

TEXTS: tuple[Any, ...] = (7, [], {}, True, 1.5, "a\u0000b", "\ud800", "x\udfff")
FILTERS: tuple[Any, ...] = ([], "x", {"more": 1}, {"licences": [None]}, {"licences": [[]]})
MISSING_FIELDS: tuple[Any, ...] = ({}, {"input": None}, {"input": {"delta": 1}})
WRONG_FIELDS: tuple[Any, ...] = ({"datapoints": None}, {"licence": 7}, {"approvedBy": "x"})

INVALID_VALUES: list[tuple[str, dict[str, Any]]] = [
    *((SEARCH, {"s": text}) for text in TEXTS),
    *((FILTER, {"f": {"expiresTo": day}}) for day in DATES),
    *((FILTER, {"f": value}) for value in FILTERS),
    *((DELTA, {"input": {"accountId": "x", "delta": delta}}) for delta in DELTAS),
    *((DELTA, variables) for variables in MISSING_FIELDS),
    (DELTA, {"input": {"accountId": {"a": 1}, "delta": 1}}),
    *((FILE, {"input": NEW_ACCOUNT | wrong}) for wrong in WRONG_FIELDS),
    (PREVIEW, {"c": {}}),
    (PREVIEW, {"c": {"renewal": {"accountId": "x"}, "licence": {"accountId": "x", "licence": "x"}}}),
]


async def test_a_value_that_is_not_of_its_type_is_refused(ada: HttpClient) -> None:
    for asks, variables in INVALID_VALUES:
        answer = await ada.asks(asks, **variables)

        assert (answer.status_code, code_of(answer)) == (400, "BAD_USER_INPUT"), variables


async def test_an_impossible_date_in_a_document_is_refused(ada: HttpClient) -> None:
    answer = await ada.asks('{ accounts(zone: ACTIVE, filter: {expiresTo: "2027-02-29"}) { totalCount } }')

    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("text", ["\ufffe", "%_\\", "(a+)+$", "' OR 1=1 --", "x" * 5000, "\u0301" * 2000, "\u202e"])
async def test_special_characters_are_searched_for_literally(ada: HttpClient, text: str) -> None:
    answer = await ada.asks(SEARCH, s=text)

    assert answer.json()["data"]["accounts"]["totalCount"] == 0


UNSTORABLE_TEXTS = ("a\u0000b", "\ufffe", "\ud800", "x\udfff")


@pytest.mark.parametrize("caller", ["super_admin", "customer_success", "stranger"])
async def test_characters_that_cannot_be_stored_cause_no_server_error_in_any_argument(
    desk: Desk, caller: str, long: bool, promise: Promise
) -> None:
    person = desk.stranger() if caller == "stranger" else getattr(desk, caller)
    tried, faults = 0, list[str]()

    for text in UNSTORABLE_TEXTS if long else UNSTORABLE_TEXTS[:1]:
        for where, document in documents_with_text(text):
            answer = await person.asks(document)
            tried += 1
            codes = {error["extensions"]["code"] for error in answer.body.get("errors", ())}
            if answer.status not in {200, 400} or codes & {"INTERNAL", "UNAVAILABLE", "TIMEOUT"}:
                faults.append(f"{where} {text!r}")

    assert faults == []
    promise(
        f"Arguments with characters that cannot be stored sent by {caller}, and server errors by them", f"{tried}, 0"
    )


@pytest.mark.parametrize(
    "email", ["a\r\nBcc: x@y.z", '"quoted local"@x.y', "x" * 400 + "@y.z", "mañana@exämple.org", "@", "", "\ufffe@x.y"]
)
async def test_a_malformed_email_address_gets_wrong_credentials(served_desk: ServedDesk, email: str) -> None:
    http_client = await served_desk.open_client()
    asks = "mutation ($i: SignInInput!) { signIn(input: $i) { viewer { id } errors { code } } }"

    answer = await http_client.asks(asks, i={"email": email, "password": "not a password"})

    assert answer.json()["data"]["signIn"] == {"viewer": None, "errors": [{"code": "WRONG_CREDENTIALS"}]}
    await http_client.check_is_served()


async def test_an_error_repeats_only_a_bounded_part_of_the_input(ada: HttpClient) -> None:
    answer = await ada.asks(FILTER, f={"licences": [{"x": "y" * 500} for _ in range(50)]})

    assert code_of(answer) == "BAD_USER_INPUT"
    assert len(answer.content) < 5_000


async def test_a_refusal_is_in_the_language_of_its_reader(served_desk: ServedDesk) -> None:
    spanish = await served_desk.open_client(accept_language="es-ES,es;q=0.9,en;q=0.5")
    french = await served_desk.open_client(served_desk.desk.outsider, accept_language="en")

    asked = await spanish.post_body("null")
    signed_in = await french.post_body("null")

    assert asked.json()["errors"][0]["message"] == "La petición no es una petición GraphQL en JSON."
    assert signed_in.json()["errors"][0]["message"] == "La requête n’est pas une requête GraphQL en JSON."
