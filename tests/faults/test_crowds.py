"""However many come at once or too often, who is over a limit is told when to come back, and the others are served."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from backend.settings import settings
from tests.desk import Desk
from tests.promises import Promise
from tests.running import running_desk

VIEWER = "{ viewer { id name } }"


@pytest.fixture
async def desk(environment: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The desk, where an address may call forty times a minute and three requests may be under way."""
    environment.setenv("EMP_CALLS_PER_MINUTE_PER_ADDRESS", "40")
    environment.setenv("EMP_REQUESTS_AT_ONCE", "3")
    settings.cache_clear()
    async with running_desk() as desk:
        yield desk


async def test_an_address_that_calls_too_often_is_told_when_to_come_back(desk: Desk) -> None:
    body = {"query": VIEWER}
    responses = [await desk.member.client.post("/graphql", json=body) for _ in range(45)]

    assert responses[-1].status_code == 429
    assert responses[-1].json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(responses[-1].headers["retry-after"]) <= 60
    assert "data" not in responses[-1].json()
    assert (await desk.member.client.get("/healthz")).status_code == 200


async def test_more_requests_than_may_be_under_way_are_told_to_come_back(
    desk: Desk, long: bool, promise: Promise
) -> None:
    body, many = {"query": VIEWER}, 2000 if long else 12
    responses = await asyncio.gather(*(desk.member.client.post("/graphql", json=body) for _ in range(many)))

    refused = [response for response in responses if response.status_code == 503]
    assert len(responses) - len(refused) == 3
    assert {response.json()["errors"][0]["extensions"]["code"] for response in refused} == {"UNAVAILABLE"}
    assert {response.headers["retry-after"] for response in refused} == {"2"}
    assert (await desk.member.client.post("/graphql", json=body)).status_code == 200
    promise(f"Requests of {many} at one moment that were neither answered nor told when to come back", 0)


async def test_who_guesses_passwords_is_told_when_to_come_back(desk: Desk) -> None:
    stranger = desk.stranger().client
    query = 'mutation { signIn(input: {email: "ada@acme.example", password: "wrong"}) { errors { code } } }'
    for _ in range(settings().sign_in_attempts_per_person + 1):
        response = await stranger.post("/graphql", json={"query": query})

    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert response.headers["retry-after"] == str(error["extensions"]["retryAfter"])
