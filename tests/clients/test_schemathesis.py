"""Whatever schemathesis makes of the schema, for each role: an answer of the protocol, and never a fault of ours."""

import os
import sys
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as generated
from hypothesis import strategies as st
from hypothesis_graphql import nodes

from backend.api.execution.request_errors import RequestCode
from backend.api.schema import printed_schema
from backend.settings import settings
from tests.desk import Desk, Person
from tests.promises import Promise
from tests.running import MONDAY_MORNING, running_desk

CALLS = int(os.environ.get("SCHEMATHESIS_CALLS", "240"))
"""In all, for all roles; ``make fuzz`` sends 20,000 and prints what became of them."""

ROLES = ("nobody", "member", "SuperAdmin", "Customer Success")

ENDS_THE_SESSION = ("signOut",)

schemathesis.graphql.scalar("Date", st.dates().map(lambda day: nodes.String(day.isoformat())))
schemathesis.graphql.scalar("DateTime", st.just(nodes.String(MONDAY_MORNING.isoformat())))


def documents(number: int) -> list[str]:
    """Documents over every root field of queries and mutations; without those that would sign the caller out."""
    schema: Any = schemathesis.graphql.from_file(printed_schema())
    operations = [found.ok() for found in schema.get_all_operations()]
    wanted = [one for one in operations if one.label.partition(".")[2] not in ENDS_THE_SESSION]
    made: list[str] = []
    # There are only so many documents over some fields; the others make up for them.
    each = number * 6 // (len(wanted) * 5) + 1

    for operation in wanted:

        @generated(
            max_examples=each,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def collect(case: Any) -> None:
            made.append(case.body)

        collect()
    return made


def person(desk: Desk, role: str) -> Person:
    """Somebody of a role."""
    return {
        "nobody": desk.stranger(),
        "member": desk.member,
        "SuperAdmin": desk.super_admin,
        "Customer Success": desk.customer_success,
    }[role]


@pytest.mark.parametrize("role", ROLES)
async def test_no_document_meets_a_fault_of_the_server(
    environment: pytest.MonkeyPatch, role: str, promise: Promise
) -> None:
    environment.setenv("EMP_CALLS_PER_MINUTE_PER_PERSON", "0")
    environment.setenv("EMP_COST_PER_MINUTE_PER_PERSON", "0")
    settings.cache_clear()
    statuses: Counter[int] = Counter()
    codes: Counter[str] = Counter()

    async with running_desk() as desk:
        await desk.super_admin.files("renewal", accountId=await desk.account())
        caller = person(desk, role)
        for document in documents(CALLS // len(ROLES)):
            answer = await caller.client.post("/graphql", json={"query": document})
            statuses[answer.status_code] += 1
            body = answer.json()
            assert body.keys() <= {"data", "errors", "extensions"}, document
            codes.update(error["extensions"]["code"] for error in body.get("errors", ()))
            assert RequestCode.INTERNAL not in codes, document

    sys.stdout.write(f"\n{role}: {statuses.total()} calls, by status {dict(statuses)}, by code {dict(codes)}\n")
    assert set(statuses) <= {200, 400}
    assert set(codes) <= set(RequestCode)
    assert statuses.total() >= CALLS // len(ROLES)
    promise(f"Answers of 5xx or with an unknown code to {statuses.total()} generated calls of a {role}", 0)
