"""The API as gql, a client for Python that knows nothing of it, calls it: over HTTP and over a websocket."""

import asyncio
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from redis.asyncio import Redis

from tests.desk import PASSWORD, Person
from tests.serving import ServedDesk
from tests.waiting import until

FILE = gql(
    "mutation ($input: RenewalInput!) { requestRenewal(input: $input) { request { id state } errors { code field } } }"
)
WATCH = gql("subscription { changeRequestChanged { at request { id state } } }")


async def token(served: ServedDesk, person: Person) -> str:
    """An access token, as a phone gets it."""
    assert person.user is not None
    answer = await served.desk.stranger().tries_to_sign_in(person.user.email, PASSWORD, client="PHONE")
    return str(answer.data["signIn"]["tokens"]["accessToken"])


async def over_http(served: ServedDesk, person: Person) -> Client:
    """A client that posts."""
    headers = {"authorization": f"Bearer {await token(served, person)}"}
    return Client(transport=HTTPXAsyncTransport(f"http://127.0.0.1:{served.port}/graphql", headers=headers))


async def test_a_request_is_filed_and_refused_the_second_time(served_desk: ServedDesk) -> None:
    account = await served_desk.desk.account()
    client = await over_http(served_desk, served_desk.desk.super_admin)
    FILE.variable_values = {"input": {"accountId": account}}

    async with client as session:
        first = await session.execute(FILE)
        second = await session.execute(FILE)

    assert first["requestRenewal"]["request"]["state"] == "PENDING"
    assert second["requestRenewal"] == {"request": None, "errors": [{"code": "ALREADY_PENDING", "field": None}]}


async def test_a_refused_document_is_an_error_with_its_code(served_desk: ServedDesk) -> None:
    client = await over_http(served_desk, served_desk.desk.member)

    async with client as session:
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(gql("{ zoneCounts { active } }"))

    assert refused.value.errors is not None
    assert [error["extensions"]["code"] for error in refused.value.errors] == ["FORBIDDEN"]


async def test_news_is_heard_over_a_websocket(served_desk: ServedDesk, valkey_url: str) -> None:
    desk = served_desk.desk
    account = await desk.account()
    headers = {"authorization": f"Bearer {await token(served_desk, desk.super_admin)}"}
    transport = WebsocketsTransport(
        f"ws://127.0.0.1:{served_desk.port}/graphql",
        headers=headers,
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )

    async with Client(transport=transport) as session, Redis.from_url(valkey_url) as queue:
        before = int(await queue.pubsub_numpat())
        news: Any = session.subscribe(WATCH)
        heard = asyncio.ensure_future(anext(news))

        async def is_heard() -> bool:
            return int(await queue.pubsub_numpat()) > before

        await until(is_heard)
        filed = await desk.super_admin.files("renewal", accountId=account)
        told = await asyncio.wait_for(heard, 15)
        await news.aclose()

    assert told["changeRequestChanged"]["request"] == {"id": filed.id, "state": "PENDING"}
