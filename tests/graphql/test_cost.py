"""What an operation costs bounds what it brings, whatever a client makes of the schema."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from tests.desk import NEW_ACCOUNT
from tests.graphql.documents import SCHEMA, root_of
from tests.running import MONDAY_MORNING
from tests.serving import ServedDesk

SCALARS = {
    "Date": st.dates(MONDAY_MORNING.date()).map(lambda day: nodes.String(day.isoformat())),
    "DateTime": st.just(nodes.String(MONDAY_MORNING.isoformat())),
}


def objects_in(value: Any) -> int:
    """How many objects an answer holds."""
    if isinstance(value, dict):
        return 1 + sum(objects_in(inner) for inner in value.values())
    return sum(objects_in(inner) for inner in value) if isinstance(value, list) else 0


@pytest.mark.parametrize("name", sorted(root_of("query").fields))
async def test_an_answer_holds_no_more_objects_than_its_operation_costs(served_desk: ServedDesk, name: str) -> None:
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
    line = await served_desk.line(desk.super_admin)
    for query in dict.fromkeys(examples):
        answer = await line.asks(query)
        body = answer.json()
        assert answer.status_code in {200, 400}, query
        if body.get("data"):
            assert objects_in(body["data"]) - 1 <= body["extensions"]["cost"]["requested"], query
