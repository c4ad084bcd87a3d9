"""What an operation costs bounds what it brings, whatever a client makes of the schema."""

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, OperationDefinitionNode, parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from backend.api.execution.cost import MAX_COST, MAX_EVENT_COST, PRICES, cost
from backend.api.execution.trusted_documents import trusted_documents
from backend.api.http.rate_limits import COST_STEP, cost_steps
from backend.api.schema import build_schema
from backend.settings import Settings
from backend.web.static_files import PAGE
from tests.api.documents import SCHEMA, root_of
from tests.api.executors import by_the_ordinary_executor
from tests.desk import NEW_ACCOUNT
from tests.running import MONDAY_MORNING
from tests.serving import ServedDesk
from tests.statements import each_statement

SCALARS = {
    "Date": st.dates(MONDAY_MORNING.date()).map(lambda day: nodes.String(day.isoformat())),
    "DateTime": st.just(nodes.String(MONDAY_MORNING.isoformat())),
}


def objects_in(value: Any) -> int:
    """How many objects an answer holds."""
    if isinstance(value, dict):
        return 1 + sum(objects_in(inner) for inner in value.values())
    return sum(objects_in(inner) for inner in value) if isinstance(value, list) else 0


SENT_BY_THE_PAGE = trusted_documents(PAGE)

SAMPLES = (Path(__file__).parents[2] / "frontend" / "explorer" / "samples.ts").read_text(encoding="utf-8")

SHOWN_IN_THE_EXPLORER = re.findall(r"query: `(.*?)`", SAMPLES, re.DOTALL)

LARGEST = {"events": 100, "terms": 20, "first": 20}
"""Sizes that the page and the explorer send as variables."""

MOST_OF_A_CLIENT = 1_500


def cost_of(text: str) -> int:
    """What a document of ours costs."""
    document = parse(text)
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    assert validate(SCHEMA, document) == []
    return cost(build_schema()._schema, document, operation, LARGEST)


@pytest.mark.parametrize("text", [*SENT_BY_THE_PAGE.values(), *SHOWN_IN_THE_EXPLORER])
def test_what_our_clients_send_costs_far_less_than_it_may(text: str) -> None:
    assert 0 < cost_of(text) <= (MAX_EVENT_COST // 4 if "subscription " in text else MOST_OF_A_CLIENT) < MAX_COST / 3


def test_a_person_may_look_at_a_screen_of_the_page_each_second() -> None:
    names = {
        match[1]: text for text in SENT_BY_THE_PAGE.values() if (match := re.search(r"(?:query|mutation) (\w+)", text))
    }
    screens = (("Accounts", "Portfolio", "ZoneCounts", "Clients"), ("Requests", "RequestCounts", "RequestInFull"))
    budget = Settings.model_fields["cost_per_minute_per_person"].default

    for screen in screens:
        assert 60 * sum(cost_steps(cost_of(names[name])) for name in screen) * COST_STEP <= budget / 2


def test_every_field_that_has_a_price_is_in_the_schema() -> None:
    for coordinate in PRICES:
        kind, _, name = coordinate.partition(".")
        of_kind = SCHEMA.type_map[kind]
        assert isinstance(of_kind, GraphQLObjectType | GraphQLInterfaceType)
        assert name in of_kind.fields or name in {"__schema", "__type"}, coordinate


@pytest.mark.parametrize("name", sorted(root_of("query").fields))
async def test_an_answer_holds_no_more_objects_and_takes_no_more_statements_than_its_operation_costs(
    served_desk: ServedDesk, name: str
) -> None:
    desk = served_desk.desk
    account = await desk.account()
    for number in range(6):
        await desk.account(name=f"Site {number}")
    kinds: dict[str, dict[str, Any]] = {"datapoints": {"delta": 20}, "licence": {"licence": "OPTIMISE"}, "renewal": {}}
    for kind, fields in kinds.items():
        await desk.super_admin.files(kind, accountId=account, **fields)
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    examples: list[str] = []

    @settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(queries(SCHEMA, fields=[name], custom_scalars=SCALARS, allow_x00=False))
    def collect(query: str) -> None:
        examples.append(query)

    collect()
    http_client = await served_desk.open_client(desk.super_admin)
    said: list[str] = []
    with each_statement(said.append):
        await http_client.asks("{ __typename }")
    to_know_who_asks = len(said)
    for query in dict.fromkeys(examples):
        said.clear()
        with each_statement(said.append), by_the_ordinary_executor():
            answer = await http_client.asks(query)
        body = answer.json()
        assert answer.status_code in {200, 400}, query
        if body.get("data"):
            assert objects_in(body["data"]) - 1 <= body["extensions"]["cost"]["requested"], query
            assert len(said) - to_know_who_asks <= body["extensions"]["cost"]["requested"], query
