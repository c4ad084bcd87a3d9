"""What changes reaches whoever may see it and watches, over a websocket to the real server, and nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from backend.graphql.schema import build_schema
from backend.identity.models import User
from tests.desk import NEW_ACCOUNT, Desk, Person
from tests.waiting import until

REQUESTS = "subscription { changeRequestChanged { request { id state accountName } } }"
ACCOUNTS = "subscription { accountChanged { account { id name datapoints expiresOn } } }"


@dataclass
class Watching:
    """Somebody's websocket, with one subscription on it."""

    socket: ClientConnection
    told: list[dict[str, Any]] = field(default_factory=list)

    async def next(self) -> Any:
        """The next thing that the server says of the subscription."""
        while True:
            message: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), 15))
            if message["type"] in {"next", "error", "complete"}:
                return message.get("payload")

    async def data(self) -> Any:
        """The next news."""
        news = await self.next()
        assert "errors" not in news, news
        return news["data"]

    async def refusal(self) -> str:
        """The code of the error that the subscription ends with."""
        told = await self.next()
        (error,) = told if isinstance(told, list) else told["errors"]
        return str(error["extensions"]["code"])


@dataclass
class Station:
    """The desk on a port, where people can watch."""

    port: int
    queue: Redis
    stack: AsyncExitStack

    async def watches(self, person: Person, subscription: str) -> Watching:
        """Open a websocket with the person's session, and subscribe; returns when news would be heard."""
        before = await self.queue.pubsub_numpat()
        watching = await self.subscribes(person, subscription)
        await until(lambda: self._more_listen_than(before))
        return watching

    async def subscribes(self, person: Person, subscription: str) -> Watching:
        """The same, whether or not it is accepted."""
        watching = Watching(await self.stack.enter_async_context(self.connection(person)))
        await watching.socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await watching.socket.recv())["type"] == "connection_ack"
        await watching.socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": subscription}}))
        return watching

    def connection(self, person: Person, origin: str | None = None) -> connect:
        """A websocket that carries the person's cookie, as a browser's would."""
        cookie = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
        return connect(
            f"ws://127.0.0.1:{self.port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            additional_headers={"cookie": cookie} if cookie else None,
            origin=Origin(origin) if origin else None,
            proxy=None,
        )

    async def _more_listen_than(self, before: int) -> bool:
        return int(await self.queue.pubsub_numpat()) > before


@asynccontextmanager
async def _served(desk: Desk) -> AsyncIterator[int]:
    """The desk's application on a free port, by the server and the options of ``emp serve``."""
    config = uvicorn.Config(desk.app, port=0, lifespan="off", ws="websockets-sansio", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@pytest.fixture
async def station(desk: Desk, valkey_url: str) -> AsyncIterator[Station]:
    """The desk, served."""
    async with (
        _served(desk) as port,
        Redis.from_url(valkey_url) as queue,
        AsyncExitStack() as stack,
    ):
        yield Station(port, queue, stack)


async def test_a_super_admin_hears_of_her_request_when_it_is_filed_and_when_it_is_approved(
    desk: Desk, station: Station
) -> None:
    account = await desk.account(name="Plant 7")
    ada = await station.watches(desk.super_admin, REQUESTS)

    filed = await desk.super_admin.files("datapoints", accountId=account, delta=20)
    first = (await ada.data())["changeRequestChanged"]["request"]
    await desk.customer_success.approves(filed.id)
    second = (await ada.data())["changeRequestChanged"]["request"]

    assert first == {"id": filed.id, "state": "PENDING", "accountName": "Plant 7"}
    assert second == {"id": filed.id, "state": "APPROVED", "accountName": "Plant 7"}


async def test_a_super_admin_hears_what_an_approval_made_of_the_account(desk: Desk, station: Station) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=20)
    ada = await station.watches(desk.super_admin, ACCOUNTS)

    await desk.customer_success.approves(filed.id)

    changed = (await ada.data())["accountChanged"]["account"]
    assert (changed["id"], changed["datapoints"]) == (account, 120)


async def test_a_super_admin_hears_of_an_account_as_soon_as_it_is_open(desk: Desk, station: Station) -> None:
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    ada = await station.watches(desk.super_admin, ACCOUNTS)

    await desk.customer_success.approves(filed.id)

    assert (await ada.data())["accountChanged"]["account"]["name"] == NEW_ACCOUNT["accountName"]


async def test_customer_success_hears_of_every_organisation(desk: Desk, station: Station) -> None:
    accounts = await desk.account(), await desk.account(desk.rival)
    carla = await station.watches(desk.customer_success, REQUESTS)

    filed = [
        await desk.super_admin.files("renewal", accountId=accounts[0]),
        await desk.outsider.files("renewal", accountId=accounts[1]),
    ]

    heard = [(await carla.data())["changeRequestChanged"]["request"]["id"] for _ in filed]
    assert heard == [request.id for request in filed]


@pytest.mark.parametrize("subscription", [REQUESTS, ACCOUNTS])
async def test_another_organisations_super_admin_hears_nothing_of_it(
    desk: Desk, station: Station, subscription: str
) -> None:
    ours, theirs = await desk.account(name="Ours"), await desk.account(desk.rival, name="Theirs")
    rex = await station.watches(desk.outsider, subscription)

    for person, account in [(desk.super_admin, ours), (desk.outsider, theirs)]:
        filed = await person.files("renewal", accountId=account)
        await desk.customer_success.approves(filed.id)

    first = json.dumps(await rex.data())
    assert "Theirs" in first
    assert "Ours" not in first


@pytest.mark.parametrize("field_name", build_schema()._schema.subscription_type.fields)  # type: ignore[union-attr]
@pytest.mark.parametrize(("who", "code"), [("stranger", "UNAUTHENTICATED"), ("member", "FORBIDDEN")])
async def test_nobody_watches_who_may_not_see_the_section(
    desk: Desk, station: Station, field_name: str, who: str, code: str
) -> None:
    person = desk.stranger() if who == "stranger" else desk.member

    watching = await station.subscribes(person, f"subscription {{ {field_name} {{ __typename }} }}")

    assert await watching.refusal() == code


async def test_whoever_loses_their_way_in_hears_nothing_more(desk: Desk, station: Station) -> None:
    account = await desk.account()
    carla = await station.watches(desk.customer_success, REQUESTS)
    assert desk.customer_success.user is not None
    await User.filter(id=desk.customer_success.user.id).update(is_active=False)

    await desk.super_admin.files("renewal", accountId=account)

    assert await carla.refusal() == "UNAUTHENTICATED"


async def test_a_page_of_another_site_gets_no_websocket(desk: Desk, station: Station) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with station.connection(desk.super_admin, origin="https://evil.example"):
            pass
