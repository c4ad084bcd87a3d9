"""What one person may ask of the server in a minute, and one operation of the database, whoever executes it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from backend.api.http import rate_limits
from backend.api.http.rate_limits import COST_STEP, MAX_CONNECTIONS, ORDINARY_EXECUTOR_FACTOR
from backend.settings import settings
from backend.storage import statement_budget
from backend.storage.statement_budget import CountedClient, StatementBudget, TooManyStatements
from tests.api.executors import by_the_ordinary_executor
from tests.desk import Desk, Person
from tests.running import running_desk
from tests.statements import each_statement

SMALL = "{ viewer { id } }"

DEAR = "{ accounts(zone: ACTIVE) { totalCount } }"
"""It costs 511, six steps."""

FAILS = '{ accounts(zone: ACTIVE) { totalCount } account(id: "nobody\'s") { id } }'
"""It costs 522, six steps."""

BUDGET = 40 * COST_STEP


@pytest.fixture
async def desk(environment: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The desk, where a person has forty steps in a minute."""
    environment.setenv("EMP_COST_PER_MINUTE_PER_PERSON", str(BUDGET))
    settings.cache_clear()
    async with running_desk() as desk:
        yield desk


async def posts(person: Person, query: str, **variables: Any) -> httpx2.Response:
    """Send an operation."""
    return await person.client.post("/graphql", json={"query": query, "variables": variables})


async def test_a_person_who_asks_for_too_much_is_told_when_to_come_back_and_nobody_else_is(desk: Desk) -> None:
    answers = [await posts(desk.super_admin, DEAR) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    refused = answers[-1]
    assert "data" not in refused.json()
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(refused.headers["retry-after"]) == error["extensions"]["retryAfter"] <= 60
    assert (await posts(desk.super_admin, SMALL)).status_code == 200
    assert (await posts(desk.outsider, DEAR)).status_code == 200


async def test_a_small_call_counts_for_one_step(desk: Desk) -> None:
    answers = [await posts(desk.member, SMALL) for _ in range(BUDGET // COST_STEP + 1)]

    assert [answer.status_code for answer in answers] == [200] * (BUDGET // COST_STEP) + [429]


async def test_what_is_refused_before_it_is_executed_costs_nothing(desk: Desk) -> None:
    for _ in range(BUDGET // COST_STEP + 1):
        assert (await posts(desk.member, "{ accounts(zone: ACTIVE, first: 101) { totalCount } }")).status_code == 400

    assert (await posts(desk.member, SMALL)).status_code == 200


async def test_a_query_that_only_the_ordinary_executor_can_answer_is_paid_for(desk: Desk) -> None:
    answers = [await posts(desk.super_admin, FAILS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert 2 * 6 * ORDINARY_EXECUTOR_FACTOR > BUDGET // COST_STEP


async def test_mutations_are_paid_for(desk: Desk) -> None:
    signs_out_nobody = 'mutation { signOutDevice(input: {id: "nobody\'s"}) { errors { code } } }'

    statuses = [(await posts(desk.member, signs_out_nobody)).status_code for _ in range(7)]

    assert statuses == [200] * 6 + [429]


async def test_one_who_has_used_up_their_budget_cannot_subscribe(desk: Desk) -> None:
    while (await posts(desk.super_admin, SMALL)).status_code == 200:
        pass

    body = {"query": "subscription { accountChanged { account { id } } }"}
    refused = await desk.super_admin.client.post("/graphql", json=body, headers={"accept": "text/event-stream"})

    assert refused.status_code == 429


async def test_a_subscription_whose_every_event_costs_much_is_refused(desk: Desk) -> None:
    asks = "subscription { accountChanged { account { timeline(first: 100) { nodes { changes { field } } } } } }"
    accept = {"accept": "text/event-stream"}

    refused = await desk.super_admin.client.post("/graphql", json={"query": asks}, headers=accept)

    assert "QUERY_TOO_COMPLEX" in refused.text


@contextmanager
def held() -> Iterator[list[int]]:
    """How many connections this process held at once each time it took one."""
    now, seen = [0], list[int]()
    acquire = CountedClient.acquire_connection

    class Held:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __aenter__(self) -> Any:
            entered = await self.inner.__aenter__()
            now[0] += 1
            seen.append(now[0])
            return entered

        async def __aexit__(self, *error: Any) -> Any:
            now[0] -= 1
            return await self.inner.__aexit__(*error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CountedClient, "acquire_connection", lambda self: Held(acquire(self)))
        yield seen


@pytest.fixture
async def served(environment: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The desk, where a person has no budget."""
    async with running_desk() as desk:
        yield desk


async def test_a_root_field_that_fails_does_not_run_all_others_at_once(served: Desk) -> None:
    account = await served.account()
    names = " ".join(f"a{n}: account(id: $id) {{ id }}" for n in range(28))
    asks = f'query ($id: ID!) {{ {names} account(id: "nobody\'s") {{ id }} }}'

    with held() as seen:
        answer = await posts(served.super_admin, asks, id=account)

    (error,) = answer.json()["errors"]
    assert (error["path"], len(answer.json()["data"])) == (["account"], 29)
    assert max(seen) == MAX_CONNECTIONS


@pytest.mark.parametrize("ordinary", [False, True])
async def test_a_query_that_runs_too_many_statements_is_ended(
    served: Desk, environment: pytest.MonkeyPatch, ordinary: bool
) -> None:
    environment.setattr(rate_limits, "MAX_STATEMENTS", 5)
    asks = "{ " + " ".join(f"z{n}: zoneCounts {{ active }}" for n in range(10)) + " }"
    said: list[str] = []

    with each_statement(said.append):
        if ordinary:
            with by_the_ordinary_executor():
                refused = await posts(served.super_admin, asks)
        else:
            refused = await posts(served.super_admin, asks)

    assert (refused.status_code, [*refused.json()]) == (400, ["errors"])
    assert refused.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert len([sql for sql in said if "account_count" in sql]) <= 5
    assert (await posts(served.super_admin, SMALL)).status_code == 200


async def test_of_a_mutation_that_was_carried_out_the_answer_is_not_lost(
    served: Desk, environment: pytest.MonkeyPatch
) -> None:
    account = await served.account()
    environment.setattr(rate_limits, "MAX_STATEMENTS", 12)
    timelines = " ".join(f"t{n}: timeline(first: {n + 1}) {{ totalCount }}" for n in range(20))
    request = f"request {{ id account {{ {timelines} }} }}"
    asks = f"mutation ($id: ID!) {{ requestRenewal(input: {{accountId: $id}}) {{ {request} }} }}"

    answer = await posts(served.super_admin, asks, id=account)

    codes = {error["extensions"]["code"] for error in answer.json()["errors"]}
    assert (answer.status_code, codes) == (200, {"QUERY_TOO_COMPLEX"})
    assert [request["type"] for request in (await served.sees(account))["pendingRequests"]] == ["RENEWAL"]


async def test_what_was_taken_is_given_back_when_no_connection_can_be_had() -> None:
    budget = StatementBudget(3, 1)

    class Away:
        async def __aenter__(self) -> None:
            raise OSError("away")

        async def __aexit__(self, *error: Any) -> None: ...

    with budget.limited():
        for _ in range(3):
            with pytest.raises(OSError, match="away"):
                async with statement_budget._Counted(Away()):
                    pass
        with pytest.raises(TooManyStatements):
            async with statement_budget._Counted(Away()):
                pass

    assert budget.is_exceeded


async def test_a_task_that_is_cancelled_while_it_waits_takes_no_place() -> None:
    budget = StatementBudget(None, 1)
    await budget.acquire()
    waiting = asyncio.create_task(budget.acquire())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    budget.release()

    await asyncio.wait_for(budget.acquire(), 5)
