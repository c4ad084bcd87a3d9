"""Whichever executor answers a query, the answer is the same, byte for byte, for everybody."""

import gc
import itertools
from typing import Any

import pytest
from graphql import ArgumentNode, IntValueNode, NullValueNode, StringValueNode, Visitor, build_schema, parse, print_ast
from graphql.language.visitor import visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from backend import clock
from backend.api.compiled.columns import FieldCall
from backend.api.compiled.plans import plan
from backend.api.schema import build_schema as build_our_schema
from backend.api.schema import printed_schema
from backend.storage import rows
from tests.api.executors import answers
from tests.desk import NEW_ACCOUNT, Desk
from tests.running import MONDAY_MORNING

SCHEMA = build_schema(printed_schema())

SCALARS = {
    "Date": st.dates(MONDAY_MORNING.date()).map(lambda day: nodes.String(day.isoformat())),
    "DateTime": st.just(nodes.String(MONDAY_MORNING.isoformat())),
}

ROOT_FIELDS = sorted(SCHEMA.query_type.fields)  # type: ignore[union-attr]

PAGE = """
query Page($zone: Zone!, $after: String, $owner: Boolean = false, $brief: Boolean!) {
  list: accounts(zone: $zone, first: 2, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    edges { cursor node { ...Facts id } }
    nodes { __typename id requests: pendingRequests { ...Request } organisation @include(if: $owner) { name today } }
  }
  viewer { name can { manageAccounts } }
}
fragment Facts on Account { name zone daysLeft licence { code name } ... on Node { id } datapoints @skip(if: $brief) }
fragment Request on ChangeRequest {
  __typename id state requestedAt
  ... on DatapointsRequest { delta allowedActions { action allowed reason { code message request { id } } } }
  ... on RenewalRequest { months: periodMonths }
}"""


@pytest.fixture
async def busy_desk(desk: Desk) -> Desk:
    """A desk with accounts in each zone, and requests of each type that pend, and that were decided."""
    accounts = [await desk.account(), await desk.account(name="Zoë's ½"), await desk.expired_account()]
    await desk.account(desk.rival, name="Theirs")
    kinds: dict[str, dict[str, Any]] = {"datapoints": {"delta": 20}, "licence": {"licence": "OPTIMISE"}, "renewal": {}}
    for kind, fields in kinds.items():
        first = await desk.super_admin.files(kind, accountId=accounts[0], **fields)
        await (desk.customer_success.approves if kind == "datapoints" else desk.customer_success.rejects)(first.id)
        await desk.super_admin.files(kind, accountId=accounts[0], **fields)
    await desk.super_admin.files("renewal", accountId=accounts[2])
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    await desk.outsider.files("newAccount", **{**NEW_ACCOUNT, "mailDomain": None})
    return desk


class _Sensible(Visitor):
    """Gives arguments values that find something, where a generated one nearly always finds nothing."""

    def __init__(self, ids: list[str], number: int) -> None:
        super().__init__()
        self.ids = ids
        self.number = number

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        """An id of an object, a small page, and its first."""
        values = {
            "id": StringValueNode(value=self.ids[self.number % len(self.ids)]),
            "first": IntValueNode(value=str(1 + self.number % 3)),
            "after": NullValueNode(),
            "search": NullValueNode(),
        }
        value = values.get(node.name.value)
        return ArgumentNode(name=node.name, value=value) if value else None


async def _ids(desk: Desk) -> list[str]:
    timeline = "timeline(first: 5) { nodes { request { id } } }"
    query = f"{{ accounts(zone: ACTIVE, first: 5) {{ nodes {{ id pendingRequests {{ id }} {timeline} }} }} }}"
    seen = (await desk.customer_success.asks(query)).data["accounts"]["nodes"]
    requests = [request["id"] for account in seen for request in account["pendingRequests"]]
    decided = [event["request"]["id"] for account in seen for event in account["timeline"]["nodes"]]
    return [*(account["id"] for account in seen), *requests, *decided]


@pytest.mark.parametrize("name", ROOT_FIELDS)
async def test_generated_queries_have_one_answer(busy_desk: Desk, name: str) -> None:
    desk = busy_desk
    ids = await _ids(desk)
    people = [desk.super_admin, desk.member, desk.outsider, desk.customer_success, desk.stranger()]
    examples: list[str] = []

    @settings(max_examples=8, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(queries(SCHEMA, fields=[name], custom_scalars=SCALARS, allow_x00=False))
    def collect(query: str) -> None:
        examples.append(query)

    collect()
    for number, generated in enumerate(dict.fromkeys(examples)):
        sensible = print_ast(visit(parse(generated), _Sensible(ids, number)))
        for person in people:
            for query in (generated, sensible):
                read, walked = await answers(person, query)
                assert read == walked, query


@pytest.mark.parametrize(
    "variables", [{"brief": True}, {"brief": False, "owner": True}, {"brief": False, "after": "x"}]
)
@pytest.mark.parametrize("zone", ["ACTIVE", "EXPIRED"])
async def test_fragments_aliases_conditions_and_interfaces_have_one_answer(
    busy_desk: Desk, zone: str, variables: dict[str, Any]
) -> None:
    desk = busy_desk
    for person in (desk.super_admin, desk.member, desk.customer_success, desk.stranger()):
        read, walked = await answers(person, PAGE, zone=zone, **variables)
        assert read == walked


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($first: Int!) { accounts(zone: ACTIVE, first: $first) { nodes { id } } }", {"first": 0}),
        ("query ($first: Int!) { accounts(zone: ACTIVE, first: $first) { nodes { id } } }", {"first": "1"}),
        ("query ($search: String) { accounts(zone: ACTIVE, search: $search) { nodes { id } } }", {"search": "\0"}),
        ("query ($id: ID!) { account(id: $id) { name } viewer { name } }", {"id": "nobody's"}),
        ("query ($id: ID!) { account(id: $id) { name } viewer { name } }", {}),
        ("{ accounts(zone: ACTIVE, first: 100) { nodes { timeline(first: 100) { nodes { id } } } } }", {}),
    ],
)
async def test_what_is_refused_is_refused_in_the_same_words(
    busy_desk: Desk, query: str, variables: dict[str, Any]
) -> None:
    read, walked = await answers(busy_desk.super_admin, query, **variables)

    assert b'"errors"' in read
    assert read == walked


async def test_a_field_that_fails_has_one_answer(busy_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ours: Any = build_our_schema()._schema.type_map["Account"]
    field = ours.fields["name"].extensions["strawberry-definition"]
    monkeypatch.setattr(field.base_resolver, "wrapped_func", lambda account: None)

    read, walked = await answers(busy_desk.super_admin, "{ accounts(zone: ACTIVE) { nodes { name } } viewer { id } }")

    assert b"INTERNAL" in read
    assert b'"data":null' in read
    assert len(read) == len(walked)


async def test_the_reference_page_is_answered_without_the_ordinary_executor(
    busy_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: Any, **__: Any) -> None:
        raise AssertionError("the ordinary executor was asked")

    monkeypatch.setattr(type(build_our_schema()), "execute", nothing)

    answer = await busy_desk.super_admin.asks(PAGE, zone="ACTIVE", brief=False)

    assert answer.data["list"]["totalCount"] == 2


async def test_a_document_is_answered_by_plans_whatever_its_conditions_are(
    busy_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"v{number}" for number in range(5)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: name @include(if: ${name})" for name in names)
    asks = f"query ({declared}) {{ accounts(zone: ACTIVE, first: 1) {{ nodes {{ id {fields} }} }} }}"

    async def nothing(*_: Any, **__: Any) -> None:
        raise AssertionError("the ordinary executor was asked")

    monkeypatch.setattr(type(build_our_schema()), "execute", nothing)

    for _ in range(2):
        for chosen in itertools.product([False, True], repeat=len(names)):
            conditions: dict[str, Any] = dict(zip(names, chosen, strict=True))
            answer = await busy_desk.super_admin.asks(asks, **conditions)
            (node,) = answer.data["accounts"]["nodes"]
            assert set(node) == {"id", *itertools.compress(names, chosen)}


async def test_plans_that_are_used_stay(busy_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def counted(*parts: Any) -> Any:
        made.append(parts[3].coerced)
        return plan(*parts)

    monkeypatch.setattr("backend.api.compiled.reader.plan", counted)
    names = [f"v{number}" for number in range(5)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: id @skip(if: ${name})" for name in names)
    asks = f"query ({declared}) {{ viewer {{ name {fields} }} }}"
    usual: dict[str, Any] = dict.fromkeys(names, True)

    for chosen in itertools.product([False, True], repeat=len(names)):
        await busy_desk.super_admin.asks(asks, **usual)
        others: dict[str, Any] = dict(zip(names, chosen, strict=True))
        await busy_desk.super_admin.asks(asks, **others)

    assert made.count(usual) == 1
    assert len(made) == 2 ** len(names)


async def test_a_plan_that_is_forgotten_leaves_nothing_behind(busy_desk: Desk) -> None:
    names = [f"v{number}" for number in range(5)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: id @skip(if: ${name})" for name in names)
    asks = f"query ({declared}) {{ accounts(zone: ACTIVE) {{ nodes {{ name {fields} }} }} }}"

    async def living_after_each_outcome() -> int:
        for chosen in itertools.product([False, True], repeat=len(names)):
            conditions: dict[str, Any] = dict(zip(names, chosen, strict=True))
            await busy_desk.super_admin.asks(asks, **conditions)
        gc.collect()
        return sum(isinstance(found, FieldCall) for found in gc.get_objects())

    assert await living_after_each_outcome() == await living_after_each_outcome()


async def test_what_many_objects_need_is_fetched_in_one_statement(
    busy_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        await busy_desk.account(name=f"Site {number}", expires_on=clock.today("Europe/Madrid"))
    fetched: list[str] = []

    async def counted(model: Any, sql: str, *values: Any) -> Any:
        fetched.append(sql)
        return await rows.read(model, sql, *values)

    monkeypatch.setattr("backend.api.core.dataloaders.read", counted)

    await busy_desk.super_admin.asks(
        "{ accounts(zone: ACTIVE) { nodes { pendingRequests { id } allowedActions { action } } } }"
    )

    assert len([sql for sql in fetched if "change_request" in sql]) == 1
