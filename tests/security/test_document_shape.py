"""Documents over the limits are refused before execution, and do not delay other clients."""

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest
from graphql import get_introspection_query

from backend.api.execution.cost import LATERAL, STATEMENT
from backend.api.execution.documents import MAX_CHARACTERS, MAX_ERRORS
from backend.api.http.request import MAX_BODY_BYTES
from backend.requests.models import ChangeRequest
from backend.settings import settings
from tests.promises import Promise
from tests.running import running_desk
from tests.serving import HttpClient, ServedDesk, code_of
from tests.statements import each_statement


@pytest.fixture
async def ada(served_desk: ServedDesk) -> AsyncIterator[HttpClient]:
    """A SuperAdmin's client; checks at the end that the server still answers."""
    http_client = await served_desk.open_client(served_desk.desk.super_admin)
    yield http_client
    await http_client.check_is_served()


def fragments(times: int, on: str, selection: str, last: str) -> str:
    """Fragments that each select the next one."""
    chain = [f"fragment F{n} on {on} {{ {selection.replace('NEXT', f'F{n + 1}')} }}" for n in range(times)]
    return " ".join([*chain, f"fragment F{times} on {on} {{ {last} }}"])


TOO_COMPLEX = {
    "fragments that double": "{ viewer { ...F0 } } " + fragments(22, "Viewer", "...NEXT ...NEXT", "id"),
    "many fragments that double": "{ viewer { ...F0 } } " + fragments(60, "Viewer", "...NEXT ...NEXT", "id"),
    "aliases that double": "{ viewer { ...F0 } } " + fragments(16, "Viewer", "a: id ...NEXT b: name ...NEXT", "id"),
    "wide inline fragments": "{ viewer { " + "... on Viewer { id } " * 300 + "} }",
    "the same field 500 times": "{ viewer { " + "id " * 500 + "} }",
    "the same field 5000 times": "{ viewer { " + "id " * 5000 + "} }",
    "the same object 240 times": "{ viewer { " + "organisation { id } " * 240 + "} }",
    "the same list with other arguments": "{ " + " ".join(f"clients(first: {n})" for n in range(1, 100)) + " }",
    "101 aliases of __typename": "{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }",
    "31 aliases": "{ viewer { " + " ".join(f"a{n}: id" for n in range(31)) + " } }",
    "two sign-ins": 'mutation { a: signIn(input: {email: "a", password: "b"}) { errors { code } }'
    ' b: signIn(input: {email: "a", password: "b"}) { errors { code } } }',
    "two sign-ins in fragments": "mutation { ...A ...B }"
    ' fragment A on Mutation { a: signIn(input: {email: "a", password: "b"}) { errors { code } } }'
    ' fragment B on Mutation { b: signIn(input: {email: "a", password: "b"}) { errors { code } } }',
    "five mutations": "mutation { " + " ".join(f"m{n}: signOut {{ errors {{ code }} }}" for n in range(5)) + " }",
    "twenty mutations": "mutation { " + " ".join(f"m{n}: signOut {{ errors {{ code }} }}" for n in range(20)) + " }",
    "13 levels": "{ viewer " + "{ organisation " * 12 + "{ id }" + " }" * 12 + " }",
    "100 levels": "{ viewer " + "{ organisation " * 99 + "{ id }" + " }" * 99 + " }",
    "13 levels in fragments": "{ viewer { ...F0 } } " + fragments(13, "Viewer", "organisation { ...NEXT }", "id"),
    "501 directives": "{ viewer { id " + "@nonsense " * 501 + "} }",
    "11 operations": " ".join(f"query Q{n} {{ viewer {{ id }} }}" for n in range(11)),
    "pages of pages": "{ accounts(zone: ACTIVE, first: 100) { nodes { timeline(first: 100) { nodes { id } } } } }",
    "timelines of thirty names": "{ accounts(zone: ACTIVE, first: 100) { nodes { "
    + " ".join(f"t{n}: timeline(first: 1) {{ totalCount }}" for n in range(30))
    + " } } }",
    "a portfolio thirty times": "{ "
    + " ".join(f"p{n}: portfolio {{ datapoints byMonthOfExpiry {{ accounts }} }}" for n in range(30))
    + " }",
    "thirty counts": "{ "
    + " ".join(f'c{n}: accounts(zone: ACTIVE, search: "{n}") {{ totalCount }}' for n in range(30))
    + " }",
    "thirty counts by type": "{ "
    + " ".join(f'c{n}: requestCounts(search: "{n}") {{ count }}' for n in range(30))
    + " }",
    "a hundred mails, rendered": "{ mails(first: 100) { nodes { preview { html } } } }",
    "pages of pages in edges": "{ accounts(zone: ACTIVE, first: 100) { edges { node {"
    " timeline(first: 100) { edges { node { id } } } } } } }",
    "too many tokens": "{ viewer { id " + "name email " * 500 + "} }",
    "a list of 7,000": "{ accounts(zone: ACTIVE, filter: {licences: [" + "1," * 7000 + "]}) { totalCount } }",
    "too many characters": "{ viewer { id } } #" + "x" * MAX_CHARACTERS,
}


async def test_a_document_over_the_limits_is_refused(ada: HttpClient) -> None:
    for name, document in TOO_COMPLEX.items():
        answer = await ada.asks(document)

        assert (answer.status_code, code_of(answer)) == (400, "QUERY_TOO_COMPLEX"), name


async def test_refusals_do_not_delay_other_clients(
    served_desk: ServedDesk, ada: HttpClient, long: bool, promise: Promise
) -> None:
    other_client = await served_desk.open_client(served_desk.desk.outsider)
    rounds, refusals, answers = (10 if long else 1), list[float](), list[float]()
    gc.collect()
    gc.freeze()  # as the server does at its start
    for document in TOO_COMPLEX.values():
        for number in range(rounds):
            began = time.process_time()  # not wall time: other processes share this machine
            assert (await ada.asks(f"{document} # {number}")).status_code == 400
            refusals.append(time.process_time() - began)

    async def attack() -> None:
        for number in range(rounds):
            for document in TOO_COMPLEX.values():
                await ada.asks(f"{document} # again {number}")

    attacks = asyncio.create_task(attack())
    while not attacks.done():
        began = time.perf_counter()
        assert (await other_client.asks("{ viewer { id } }")).status_code == 200
        answers.append(time.perf_counter() - began)
    await attacks
    gc.unfreeze()

    percentile_99 = sorted(answers)[-len(answers) // 100 - 1]
    promise(f"Longest of {len(refusals)} refusals, in processor time", f"{max(refusals) * 1000:.0f} ms")
    promise("99th percentile of another client's answers meanwhile", f"{percentile_99 * 1000:.0f} ms")


async def test_a_document_with_too_many_mutations_executes_none(served_desk: ServedDesk, ada: HttpClient) -> None:
    account = await served_desk.desk.account()
    filing = f'requestDatapointsChange(input: {{accountId: "{account}", delta: 5}}) {{ errors {{ code }} }}'

    refused = await ada.asks("mutation { " + " ".join(f"m{n}: {filing}" for n in range(5)) + " }")

    assert code_of(refused) == "QUERY_TOO_COMPLEX"
    assert await ChangeRequest.all().count() == 0


async def test_skipped_fields_are_not_queried(ada: HttpClient) -> None:
    asks = (
        "{ accounts(zone: ACTIVE, first: 5) @skip(if: true) { nodes { name } }"
        " ... @include(if: false) { more: accounts(zone: ACTIVE) { totalCount } } }"
    )
    said: list[str] = []

    with each_statement(said.append):
        answer = await ada.asks(asks)

    assert answer.json()["data"] == {}
    assert not any("FROM account" in sql for sql in said)


@pytest.mark.parametrize("depth", [200, 400, 1600])
async def test_a_document_nested_beyond_the_parser_is_refused(ada: HttpClient, depth: int) -> None:
    nested = (
        "{a" * depth + "}" * depth,
        "{ viewer " + "{ ...on Viewer " * depth + "{ id }" + " }" * depth + " }",
        "{ viewer(x: " + "[" * depth + "]" * depth + ") { id } }",
        "{ viewer(x: " + "{a: " * depth + "1" + "}" * depth + ") { id } }",
    )
    for document in nested:
        answer = await ada.asks(document)

        assert answer.status_code == 400
        assert code_of(answer) in {"QUERY_TOO_COMPLEX", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { ...A } } fragment A on Viewer { ...A }",
        "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
        "{ viewer { ...F0 } } " + fragments(30, "Viewer", "...NEXT", "...F0"),
        "{ viewer { id } } fragment A on Organisation { id ...B } fragment B on Organisation { ...A }",
        "{ viewer { ...A } } fragment A on Viewer { organisation { id } a: organisation { id } ...A }",
    ],
)
async def test_cyclic_fragments_are_refused(ada: HttpClient, document: str) -> None:
    answer = await ada.asks(document)

    assert (answer.status_code, code_of(answer)) == (400, "GRAPHQL_VALIDATION_FAILED")


async def test_equal_errors_are_reported_once_and_ten_at_most(ada: HttpClient) -> None:
    alike = await ada.asks("{ viewer { id " + "@nonsense " * 400 + "} }")
    repeated = await ada.asks("{ viewer { id " + "@include(if: true) " * 40 + "@skip(if: false) " * 40 + "} }")
    different = await ada.asks("{ viewer { " + " ".join(f"nonsense{n}" for n in range(100)) + "} }")
    values = await ada.asks(
        "query ($f: AccountFilter) { accounts(zone: ACTIVE, filter: $f) { totalCount } }",
        f={"licences": [{} for _ in range(60)]},
    )

    assert len(alike.json()["errors"]) == 1
    assert len(repeated.json()["errors"]) == 1
    assert len(different.json()["errors"]) == MAX_ERRORS
    assert len(values.json()["errors"]) == MAX_ERRORS


@pytest.mark.parametrize("first", [101, 0, -1, 2_147_483_647])
async def test_a_page_size_out_of_bounds_is_refused_as_literal_variable_and_default(
    ada: HttpClient, first: int
) -> None:
    literal = await ada.asks(f"{{ accounts(zone: ACTIVE, first: {first}) {{ totalCount }} }}")
    variable = await ada.asks("query ($n: Int!) { accounts(zone: ACTIVE, first: $n) { totalCount } }", n=first)
    default = await ada.asks(f"query ($n: Int! = {first}) {{ accounts(zone: ACTIVE, first: $n) {{ totalCount }} }}")
    nested = await ada.asks(f"{{ accounts(zone: ACTIVE) {{ nodes {{ timeline(first: {first}) {{ totalCount }} }} }} }}")

    for answer in (literal, variable, default, nested):
        assert (answer.status_code, code_of(answer)) == (400, "BAD_USER_INPUT")


async def test_a_page_size_that_is_no_number_is_refused(ada: HttpClient) -> None:
    asks = "query ($n: Int!) { accounts(zone: ACTIVE, first: $n) { totalCount } }"
    wrong: Any
    for wrong in (None, "7", 1.5, [1], {}, True, 2**31):
        answer = await ada.asks(asks, n=wrong)
        assert (answer.status_code, code_of(answer)) == (400, "BAD_USER_INPUT")
    for literal in ("null", '"7"', "1.5", "2147483648"):
        answer = await ada.asks(f"{{ accounts(zone: ACTIVE, first: {literal}) {{ totalCount }} }}")
        assert answer.status_code == 400
    both = await ada.asks("{ accounts(zone: ACTIVE, first: 1, last: 1) { totalCount } }")
    assert code_of(both) == "GRAPHQL_VALIDATION_FAILED"


async def test_page_sizes_in_variables_cost_as_much_as_literals(ada: HttpClient) -> None:
    asks = "query ($n: Int!) { accounts(zone: ACTIVE, first: $n) { nodes { timeline(first: $n) { nodes { id } } } } }"

    cheap, dear = await ada.asks(asks, n=5), await ada.asks(asks, n=100)

    assert cheap.json()["extensions"]["cost"]["requested"] == STATEMENT + 1 + 5 * (1 + LATERAL + 1 + 5)
    assert code_of(dear) == "QUERY_TOO_COMPLEX"


@pytest.mark.parametrize("default", ["", " = 1", " = 100"])
@pytest.mark.parametrize("number", ["100.0", "1e2", "1.0e+2"])
async def test_a_whole_number_costs_the_same_in_each_notation(ada: HttpClient, default: str, number: str) -> None:
    asks = (
        f"query ($n: Int!{default}) {{ accounts(zone: ACTIVE, first: $n)"
        " { nodes { timeline(first: $n) { nodes { id } } } } }"
    )
    dear = await ada.post_body(f'{{"query": {json.dumps(asks)}, "variables": {{"n": {number}}}}}')
    cheap = await ada.post_body(f'{{"query": {json.dumps(asks)}, "variables": {{"n": 2.0}}}}')

    assert (dear.status_code, code_of(dear)) == (400, "QUERY_TOO_COMPLEX")
    assert cheap.json()["extensions"]["cost"]["requested"] == STATEMENT + 1 + 2 * (1 + LATERAL + 1 + 2)


@pytest.mark.parametrize("number", ["100.0", "1e2"])
async def test_a_default_page_size_must_be_a_whole_number(ada: HttpClient, number: str) -> None:
    asks = f"query ($n: Int! = {number}) {{ accounts(zone: ACTIVE, first: $n) {{ nodes {{ id }} }} }}"

    assert code_of(await ada.asks(asks)) == "GRAPHQL_VALIDATION_FAILED"
    assert code_of(await ada.asks(f"{{ accounts(zone: ACTIVE, first: {number}) {{ totalCount }} }}")) == (
        "GRAPHQL_VALIDATION_FAILED"
    )


async def test_a_page_size_out_of_bounds_is_refused_in_float_notation(ada: HttpClient) -> None:
    asks = "query ($n: Int! = 1) { accounts(zone: ACTIVE, first: $n) { totalCount } }"
    for number in ("101.0", "0.0", "-1.0", "1e9"):
        answer = await ada.post_body(f'{{"query": {json.dumps(asks)}, "variables": {{"n": {number}}}}}')
        assert (answer.status_code, code_of(answer)) == (400, "BAD_USER_INPUT"), number


async def test_a_whole_number_in_float_notation_is_accepted_in_an_input(
    ada: HttpClient, served_desk: ServedDesk
) -> None:
    account = await served_desk.desk.account(datapoints=100)
    filing = "requestDatapointsChange(input: $i) { request { id } errors { code } }"
    asks = f"mutation ($i: DatapointsChangeInput!) {{ {filing} }}"
    body = json.dumps({"query": asks, "variables": {"i": {"accountId": account, "delta": 5, "clientMutationId": "k"}}})

    whole, fraction = await ada.post_body(body), await ada.post_body(body.replace('"delta": 5', '"delta": 5.0'))

    assert whole.json()["data"]["requestDatapointsChange"]["request"]["id"]
    assert fraction.json()["data"] == whole.json()["data"]


async def test_the_number_of_terms_counts_towards_the_cost(ada: HttpClient) -> None:
    asks = "query ($terms: Int!) { accounts(zone: ACTIVE, first: 10) { nodes { reminders(terms: $terms) { state } } } }"

    few, many = await ada.asks(asks, terms=1), await ada.asks(asks, terms=20)

    assert few.json()["extensions"]["cost"]["requested"] == STATEMENT + 1 + 10 * (1 + LATERAL + 3)
    assert many.json()["extensions"]["cost"]["requested"] == STATEMENT + 1 + 10 * (1 + LATERAL + 60)


async def test_characters_that_cannot_be_stored_are_refused_in_documents(ada: HttpClient) -> None:
    for text in ("\\u0000", "\0", "\\ud800"):
        answer = await ada.asks(f'{{ accounts(zone: ACTIVE, search: "a{text}") {{ totalCount }} }}')
        assert (answer.status_code, code_of(answer) in {"BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED"}) == (400, True)


@pytest.mark.parametrize("sizes", ["first: 100", "first: $n"])
async def test_nested_pages_over_the_cost_limit_are_refused_before_any_row_is_read(ada: HttpClient, sizes: str) -> None:
    inner = f"pendingRequests {{ account {{ timeline({sizes}) {{ nodes {{ id }} }} }} }}"
    query = f"query ($n: Int!) {{ accounts(zone: ACTIVE, first: $n) {{ nodes {{ {inner} }} }} }}"
    said: list[str] = []

    with each_statement(said.append):
        refused = await ada.asks(query, n=100)
    read = [sql for sql in said if "FROM account" in sql]
    with each_statement(said.append):
        answered = await ada.asks("{ accounts(zone: ACTIVE, first: 100) { nodes { id } } }")

    assert (code_of(refused), read) == ("QUERY_TOO_COMPLEX", [])
    assert "errors" not in answered.json()
    assert any("FROM account" in sql for sql in said)


async def test_a_body_over_the_limit_is_refused(ada: HttpClient) -> None:
    announced = await ada.post_body(b" " * (MAX_BODY_BYTES + 1))

    assert (announced.status_code, code_of(announced)) == (413, "BODY_TOO_LARGE")


async def test_a_chunked_body_is_refused_at_the_size_limit(ada: HttpClient) -> None:
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

    said = await ada.send_raw(head + chunk * 5)

    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"BODY_TOO_LARGE" in said


async def test_a_body_longer_than_its_content_length_is_refused(ada: HttpClient) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

    assert b"413" in (await ada.send_raw(head + b"Content-Length: 20000000\r\n\r\n{}")).split(b"\r\n")[0]
    assert b"400" in (await ada.send_raw(head + b"Content-Length: -1\r\n\r\n{}")).split(b"\r\n")[0]


async def test_too_deep_or_too_many_variables_are_refused(ada: HttpClient) -> None:
    deep: object = "x"
    for _ in range(40):
        deep = [deep]
    asks = "query ($s: String) { accounts(zone: ACTIVE, search: $s) { totalCount } }"

    variables: dict[str, Any]
    for variables in ({"s": deep}, {"s": ["x"] * 1001}, {"s": {"a": [{}] * 1001}}):
        answer = await ada.asks(asks, **variables)
        assert (answer.status_code, code_of(answer)) == (400, "QUERY_TOO_COMPLEX")


@pytest.mark.parametrize("size", [2, 10, 1000])
async def test_several_operations_in_one_body_are_refused(ada: HttpClient, size: int) -> None:
    for body in ([{"query": "{ __typename }"}] * size, [], [[{"query": "{ __typename }"}]]):
        answer = await ada.post_body(json.dumps(body))
        assert (answer.status_code, code_of(answer)) == (400, "BATCHING_OFF")


async def test_introspection_needs_a_session_where_it_is_enabled(
    environment: pytest.MonkeyPatch,
) -> None:
    asks = get_introspection_query()
    circular = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"
    environment.setenv("EMP_EXPLORER", "true")
    settings.cache_clear()
    async with running_desk() as desk:
        told = await desk.super_admin.asks(asks)
        refused = await desk.stranger().asks(asks)
        endless = await desk.super_admin.asks(circular)

    assert told.data["__schema"]["queryType"]["name"] == "Query"
    assert refused.code == "GRAPHQL_VALIDATION_FAILED"
    assert endless.code == "GRAPHQL_VALIDATION_FAILED"


async def test_introspection_is_off_by_default(served_desk: ServedDesk) -> None:
    nobody, ada = await served_desk.open_client(), await served_desk.open_client(served_desk.desk.super_admin)
    for asks in ("{ __schema { types { name } } }", '{ __type(name: "Account") { fields { name } } }'):
        hidden, unknown = await nobody.asks(asks), await nobody.asks("{ nonsense }")
        assert hidden.json() == unknown.json()
        assert code_of(await ada.asks(asks)) == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "near", ["{ acounts }", "{ viewer { nam } }", "{ accounts(zon: ACTIVE) { nodes { id } } }", "{ viewer }",
             "fragment F on Acount { id } { viewer { ...F } }", "{ accounts(zone: ACTIV) { totalCount } }",
             'mutation { signIn(input: {emai: "x"}) { errors { code } } }'],
)  # fmt: skip
async def test_errors_suggest_no_names_of_the_schema(served_desk: ServedDesk, near: str) -> None:
    nobody, ada = await served_desk.open_client(), await served_desk.open_client(served_desk.desk.super_admin)

    assert "mean" not in (await ada.asks(near)).text
    assert (await nobody.asks(near)).json()["errors"] == (await nobody.asks("{ nonsense }")).json()["errors"]


async def test_an_operation_that_times_out_is_cancelled_with_its_sql(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_DEADLINE", "PT0.5S")
    settings.cache_clear()
    async with running_desk() as desk, AsyncExitStack() as stack:
        account = await desk.account()
        somebody = await asyncpg.connect(settings().database_url)
        stack.push_async_callback(somebody.close)
        async with somebody.transaction():
            await somebody.execute("SELECT 1 FROM account FOR UPDATE")
            ended = await desk.super_admin.asks(
                "mutation ($id: ID!) { requestRenewal(input: {accountId: $id}) { errors { code } } }", id=account
            )
            waiting = await somebody.fetch(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        environment.delenv("EMP_DEADLINE")
        settings.cache_clear()
        answered = await desk.super_admin.files("renewal", accountId=account)

    assert ended.code == "TIMEOUT"
    assert waiting == []
    assert answered.errors == []
