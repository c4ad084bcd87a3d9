"""Clients over a rate or concurrency limit get retry-after, and the others are served."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from backend.settings import settings
from tests.desk import Desk
from tests.promises import Promise
from tests.running import running_desk
from tests.serving import served

VIEWER_QUERY = "{ viewer { id name } }"


@pytest.fixture
async def desk(environment: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The desk, where an address may call forty times a minute and three requests may be under way."""
    environment.setenv("EMP_CALLS_PER_MINUTE_PER_ADDRESS", "40")
    environment.setenv("EMP_REQUESTS_AT_ONCE", "3")
    settings.cache_clear()
    async with running_desk() as desk:
        yield desk


async def test_an_address_over_its_rate_limit_gets_retry_after(desk: Desk) -> None:
    body = {"query": VIEWER_QUERY}
    responses = [await desk.member.client.post("/graphql", json=body) for _ in range(45)]

    assert responses[-1].status_code == 429
    assert responses[-1].json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(responses[-1].headers["retry-after"]) <= 60
    assert "data" not in responses[-1].json()
    assert (await desk.member.client.get("/healthz")).status_code == 200


async def test_requests_over_the_concurrency_limit_get_retry_after(desk: Desk, long: bool, promise: Promise) -> None:
    body, many = {"query": VIEWER_QUERY}, 2000 if long else 12
    responses = await asyncio.gather(*(desk.member.client.post("/graphql", json=body) for _ in range(many)))

    refused = [response for response in responses if response.status_code == 503]
    assert len(responses) - len(refused) == 3
    assert {response.json()["errors"][0]["extensions"]["code"] for response in refused} == {"UNAVAILABLE"}
    assert {response.headers["retry-after"] for response in refused} == {"2"}
    assert (await desk.member.client.post("/graphql", json=body)).status_code == 200
    promise(f"Requests of {many} at one moment that were answered neither with data nor with retry-after", 0)


async def test_one_address_cannot_use_all_concurrent_requests(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_REQUESTS_AT_ONCE_PER_ADDRESS", "2")
    settings.cache_clear()
    crowd, other = desk.stranger(address="192.0.2.1").client, desk.stranger(address="192.0.2.2").client
    body = {"query": "{ __typename }"}

    *responses, elsewhere = await asyncio.gather(
        *(client.post("/graphql", json=body) for client in [*[crowd] * 12, other])
    )

    refused = [response for response in responses if response.status_code == 429]
    assert len(responses) - len(refused) == 2
    assert {response.json()["errors"][0]["extensions"]["code"] for response in refused} == {"TOO_MANY_REQUESTS"}
    assert {response.headers["retry-after"] for response in refused} == {"2"}
    assert elsewhere.status_code == 200
    assert (await crowd.post("/graphql", json=body)).status_code == 200


async def test_requests_with_incomplete_bodies_do_not_block_others(desk: Desk) -> None:
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    async with served(desk.app) as port, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(10)]
        for number, (_, writer) in enumerate(connections):
            writer.write(
                head
                + (
                    b"content-length: 90\r\n\r\n{"
                    if number % 2
                    else b"expect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n"
                )
            )
        # The server has begun with a request when it says that its body may come.
        for reader, _ in connections[::2]:
            assert (await reader.readline()).startswith(b"HTTP/1.1 100 ")

        answer = await client.post("/graphql", json={"query": "{ __typename }"})

        assert answer.status_code == 200
        for _, writer in connections:
            writer.close()


async def test_password_guessing_gets_retry_after(desk: Desk) -> None:
    stranger = desk.stranger().client
    query = 'mutation { signIn(input: {email: "ada@acme.example", password: "wrong"}) { errors { code } } }'
    for _ in range(settings().sign_in_attempts_per_person + 1):
        response = await stranger.post("/graphql", json={"query": query})

    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert response.headers["retry-after"] == str(error["extensions"]["retryAfter"])
