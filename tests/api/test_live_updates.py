"""What changes reaches whoever may see it and watches, over a websocket to the real server, and nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from backend import clock
from backend.api.core.context import Context
from backend.api.http.rate_limits import CHARACTERS_PER_CALL
from backend.api.http.websocket import CLOSE_TOKENS_RENEWED, INIT_TIMEOUT_S
from backend.api.requests import subscriptions
from backend.api.schema import build_schema
from backend.events import Disconnected
from backend.identity import deactivation
from backend.identity.models import User
from backend.settings import settings
from tests.desk import NEW_ACCOUNT, PASSWORD, Desk, Person
from tests.running import running_desk
from tests.serving import served
from tests.waiting import until

REQUESTS = "subscription { changeRequestChanged { request { id state accountName } } }"
ACCOUNTS = "subscription { accountChanged { account { id name datapoints expiresOn } } }"

CHANGE_PASSWORD = f"""
mutation {{ changePassword(input: {{currentPassword: "{PASSWORD}", newPassword: "quite another phrase"}}) {{
  errors {{ code }}
}} }}"""

MINUTE = timedelta(minutes=1)


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

    async def subscribes(self, person: Person, subscription: Any) -> Watching:
        """The same, whether or not it is accepted."""
        payload = {"query": subscription} if isinstance(subscription, str) else subscription
        watching = Watching(await self.stack.enter_async_context(self.connection(person)))
        await watching.socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await watching.socket.recv())["type"] == "connection_ack"
        await watching.socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        return watching

    def connection(
        self, person: Person, origin: str | None = None, protocols: Sequence[str] | None = ("graphql-transport-ws",)
    ) -> connect:
        """A websocket that carries the person's cookie, as a browser's would."""
        cookie = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
        return connect(
            f"ws://127.0.0.1:{self.port}/graphql",
            subprotocols=[Subprotocol(name) for name in protocols] if protocols else None,
            additional_headers={"cookie": cookie} if cookie else None,
            origin=Origin(origin) if origin else None,
            proxy=None,
        )

    @asynccontextmanager
    async def reads_events(
        self, person: Person, subscription: str, last: str | None = None
    ) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of an event stream that say something, once news would be heard."""
        before = await self.queue.pubsub_numpat()
        headers = {"accept": "text/event-stream", "x-requested-with": "tests"}
        headers |= {"last-event-id": last} if last else {}
        async with (
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", cookies=dict(person.client.cookies)) as client,
            client.stream("POST", "/graphql", json={"query": subscription}, headers=headers) as response,
        ):
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["x-accel-buffering"] == "no"
            await until(lambda: self._more_listen_than(before))
            yield (line async for line in response.aiter_lines() if line)

    async def _more_listen_than(self, before: int) -> bool:
        return int(await self.queue.pubsub_numpat()) > before


@asynccontextmanager
async def station_of(desk: Desk, valkey_url: str) -> AsyncIterator[Station]:
    """A desk that runs already, served."""
    async with (
        served(desk.app) as port,
        Redis.from_url(valkey_url) as queue,
        AsyncExitStack() as stack,
    ):
        yield Station(port, queue, stack)


@pytest.fixture
async def station(desk: Desk, valkey_url: str) -> AsyncIterator[Station]:
    """The desk, served."""
    async with station_of(desk, valkey_url) as served_one:
        yield served_one


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
async def test_nobody_watches_who_may_not_see_the_section(desk: Desk, station: Station, field_name: str) -> None:
    watching = await station.subscribes(desk.member, f"subscription {{ {field_name} {{ __typename }} }}")

    assert await watching.refusal() == "FORBIDDEN"


async def test_who_is_not_signed_in_is_not_let_in(desk: Desk, station: Station) -> None:
    async with station.connection(desk.stranger()) as socket:
        await socket.send('{"type": "connection_init"}')

        assert await _closing_code(socket) == 4401


@pytest.mark.parametrize("subscribed", [False, True])
async def test_a_websocket_that_watches_nothing_is_closed_after_a_while(
    desk: Desk, station: Station, environment: pytest.MonkeyPatch, subscribed: bool
) -> None:
    environment.setenv("EMP_IDLE_WEBSOCKET_TIMEOUT_S", "0.3")
    settings.cache_clear()
    ada = await station.subscribes(desk.super_admin, REQUESTS)
    async with station.connection(desk.super_admin) as idle:
        await idle.send('{"type": "connection_init"}')
        if subscribed:
            await idle.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": REQUESTS}}))
            await idle.send('{"type": "complete", "id": "1"}')
        await idle.send('{"type": "ping"}')

        assert await _closing_code(idle) == 1000

    await desk.super_admin.files("renewal", accountId=await desk.account())
    assert await ada.data()


async def test_whoever_loses_their_way_in_hears_nothing_more(desk: Desk, station: Station) -> None:
    account = await desk.account()
    carla = await station.watches(desk.customer_success, REQUESTS)
    assert desk.customer_success.user is not None
    await deactivation.close(desk.customer_success.user)

    await desk.super_admin.files("renewal", accountId=account)

    assert await carla.refusal() == "UNAUTHENTICATED"


async def test_a_stolen_websocket_ends_with_a_new_password_and_its_owner_connects_again_with_the_new_cookie(
    desk: Desk, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "REVIEW_INTERVAL_S", 0.1)
    account = await desk.account()
    stolen, thief = await station.watches(desk.customer_success, REQUESTS), desk.stranger()
    thief.client.cookies.update(dict(desk.customer_success.client.cookies))

    changed = await desk.customer_success.asks(CHANGE_PASSWORD)

    assert changed.data["changePassword"]["errors"] == []
    with pytest.raises(ConnectionClosed):
        pytest.fail(f"it was told {await stolen.socket.recv()!r}")
    assert await _closing_code(stolen.socket) == CLOSE_TOKENS_RENEWED
    with pytest.raises(ConnectionClosed, match="4401"):
        await station.subscribes(thief, REQUESTS)
    carla = await station.watches(desk.customer_success, REQUESTS)
    filed = await desk.super_admin.files("renewal", accountId=account)
    assert (await carla.data())["changeRequestChanged"]["request"]["id"] == filed.id


async def test_an_event_stream_ends_with_a_new_password_and_does_not_say_that_it_is_complete(
    desk: Desk, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "REVIEW_INTERVAL_S", 0.1)
    async with station.reads_events(desk.customer_success, REQUESTS) as lines:
        await desk.customer_success.asks(CHANGE_PASSWORD)

        assert {line async for line in lines} <= {": alive"}


async def test_a_page_of_another_site_gets_no_websocket(desk: Desk, station: Station) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with station.connection(desk.super_admin, origin="https://evil.example"):
            pass


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://desk.example", 101),
        ("https://DESK.example:443", 101),
        ("http://desk.example", 403),
        ("https://desk.example.evil.example", 403),
        ("http://127.0.0.1:{port}", 403),
        ("null", 403),
    ],
)
async def test_a_websocket_comes_from_where_users_reach_the_page_whatever_host_a_proxy_names(
    environment: pytest.MonkeyPatch, valkey_url: str, origin: str, status: int
) -> None:
    environment.setenv("EMP_PUBLIC_URL", "https://desk.example")
    settings.cache_clear()
    async with running_desk(signed_in=False) as desk, station_of(desk, valkey_url) as station:
        connection = station.connection(desk.stranger(), origin=origin.format(port=station.port))
        if status == 101:
            async with connection as socket:
                await socket.send('{"type": "ping"}')
                assert json.loads(await socket.recv()) == {"type": "pong"}
        else:
            with pytest.raises(InvalidStatus, match=str(status)):
                async with connection:
                    pass


@pytest.mark.parametrize("protocols", [["graphql-ws"], ["mqtt", "graphql-ws"], None])
async def test_no_other_protocol_is_spoken(desk: Desk, station: Station, protocols: list[str] | None) -> None:
    async with station.connection(desk.super_admin, protocols=protocols) as socket:
        with suppress(ConnectionClosed):
            await socket.send('{"type": "start", "id": "1", "payload": {"query": "subscription { a }"}}')

        assert await _closing_code(socket) == 4406


@pytest.mark.parametrize("said", [[], ['{"type": "ping"}', '{"type": "pong"}']])
async def test_whoever_does_not_say_who_they_are_is_sent_away(
    environment: pytest.MonkeyPatch, valkey_url: str, said: list[str]
) -> None:
    assert INIT_TIMEOUT_S <= 10
    environment.setattr("backend.api.http.websocket.INIT_TIMEOUT_S", 0.2)
    async with (
        running_desk() as desk,
        station_of(desk, valkey_url) as station,
        station.connection(desk.super_admin) as silent,
    ):
        for message in said:
            await silent.send(message)

        assert await _closing_code(silent) == 4408


def since(instant: str) -> str:
    """What changed after an instant, then what changes."""
    return f'subscription {{ changeRequestChanged(since: "{instant}") {{ at request {{ id state }} }} }}'


async def test_whoever_was_away_is_told_first_what_they_missed(desk: Desk, station: Station) -> None:
    account, other = await desk.account(), await desk.account(desk.rival)
    before = await desk.super_admin.files("renewal", accountId=account)
    instant = (await desk.super_admin.request(before.id))["requestedAt"]
    clock.advance(timedelta(minutes=10))
    missed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
    await desk.outsider.files("renewal", accountId=other)
    clock.advance(timedelta(minutes=10))
    await desk.customer_success.approves(before.id)

    ada = await station.subscribes(desk.super_admin, since((datetime.fromisoformat(instant) + MINUTE).isoformat()))
    told = [(await ada.data())["changeRequestChanged"] for _ in range(2)]
    live = await desk.super_admin.files("licence", accountId=account, licence="OPTIMISE")
    then = (await ada.data())["changeRequestChanged"]

    assert [(item["request"]["id"], item["request"]["state"]) for item in told] == [
        (missed.id, "PENDING"),
        (before.id, "APPROVED"),
    ]
    assert told[1]["at"] == clock.now().isoformat()
    assert then["request"]["id"] == live.id


@pytest.mark.parametrize("loss", ["signed out", "role removed", "idle for too long"])
async def test_a_quiet_line_ends_with_the_right_to_it_at_its_next_review(
    desk: Desk, station: Station, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    assert subscriptions.REVIEW_INTERVAL_S <= 5
    monkeypatch.setattr(subscriptions, "REVIEW_INTERVAL_S", 0.1)
    look_again, reviews = subscriptions._recheck, list[str]()

    async def counted(context: Context) -> None:
        reviews.append("begun")
        await look_again(context)

    monkeypatch.setattr(subscriptions, "_recheck", counted)
    ada = await station.watches(desk.super_admin, REQUESTS)
    await until(lambda: bool(reviews))

    if loss == "signed out":
        await desk.super_admin.asks("mutation { signOut { errors { code } } }")
    elif loss == "role removed":
        await User.filter(name="Ada").update(role="MEMBER")
    else:
        clock.advance(timedelta(minutes=31))
    reviews.clear()

    assert await ada.refusal() == ("FORBIDDEN" if loss == "role removed" else "UNAUTHENTICATED")
    assert len(reviews) <= 1


async def test_news_comes_by_server_sent_events_too_and_goes_on_after_the_last_one(
    desk: Desk, station: Station
) -> None:
    account = await desk.account()
    async with station.reads_events(desk.super_admin, REQUESTS) as events:
        assert await anext(events) == ": alive"
        filed = await desk.super_admin.files("renewal", accountId=account)
        lines = [await anext(events) for _ in range(3)]
    clock.advance(timedelta(minutes=10))
    await desk.customer_success.approves(filed.id)
    last = lines[0].removeprefix("id: ")
    async with station.reads_events(desk.super_admin, REQUESTS, last) as events:
        again = [line async for line in _first(events, 4)]

    assert lines[1] == "event: next"
    told = json.loads(lines[2].removeprefix("data: "))["data"]["changeRequestChanged"]["request"]
    assert (told["id"], told["state"]) == (filed.id, "PENDING")
    assert '"APPROVED"' in again[3]


EXTREMES = (
    "0001-01-01T00:00:00+00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "2026-11-23T09:00:00",
)
"""Instants beyond the calendar here or before it, and one of no time zone."""


@pytest.mark.parametrize("instant", EXTREMES)
@pytest.mark.parametrize("name", ["changeRequestChanged", "accountChanged"])
async def test_an_instant_that_no_news_has_is_refused(desk: Desk, station: Station, name: str, instant: str) -> None:
    with capture_logs() as logs:
        by_text = await station.subscribes(
            desk.super_admin, f'subscription {{ {name}(since: "{instant}") {{ __typename }} }}'
        )
        assert await by_text.refusal() == "BAD_USER_INPUT"
        asked = f"subscription ($since: DateTime) {{ {name}(since: $since) {{ __typename }} }}"
        by_variable = await station.subscribes(desk.super_admin, {"query": asked, "variables": {"since": instant}})
        assert await by_variable.refusal() == "BAD_USER_INPUT"

    assert [entry for entry in logs if entry["log_level"] in {"error", "critical"}] == []


@pytest.mark.parametrize("instant", ["x", "2026-13-01T00:00:00Z", "10000-01-01T00:00:00Z", "", 7, []])
async def test_what_is_no_instant_is_refused(desk: Desk, station: Station, instant: Any) -> None:
    asked = "subscription ($since: DateTime) { changeRequestChanged(since: $since) { at } }"
    ada = await station.subscribes(desk.super_admin, {"query": asked, "variables": {"since": instant}})

    assert await ada.refusal() == "BAD_USER_INPUT"


SECRET = "server 10.0.0.7 password of emp"

FAULTS: dict[str, tuple[Exception, str]] = {
    "the database's words": (asyncpg.UndefinedTableError(SECRET), "INTERNAL"),
    "a value that is none": (ValueError(SECRET), "INTERNAL"),
    "the queue server's words": (RedisError(SECRET), "INTERNAL"),
    "a lost line to the queue server": (Disconnected(SECRET), "UNAVAILABLE"),
    "a database that is away": (ConnectionRefusedError(SECRET), "UNAVAILABLE"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("when", ["at first", "between two news"])
async def test_what_fails_in_a_subscription_is_said_in_our_words_and_logged_in_its_own(
    desk: Desk, station: Station, monkeypatch: pytest.MonkeyPatch, fault: str, when: str
) -> None:
    error, code = FAULTS[fault]
    filed = await desk.super_admin.files("renewal", accountId=await desk.account())
    instant = (await desk.super_admin.request(filed.id))["requestedAt"]

    async def fails(*_: Any) -> None:
        raise error

    if when == "at first":
        monkeypatch.setattr(subscriptions, "changed_since", fails)
    else:
        monkeypatch.setattr(subscriptions, "_recheck", fails)
    with capture_logs() as logs:
        ada = await station.subscribes(desk.super_admin, since(instant))
        told = await ada.next()

    assert SECRET not in json.dumps(told)
    (said,) = told if isinstance(told, list) else told["errors"]
    assert said["extensions"]["code"] == code
    (logged,) = [entry for entry in logs if entry["log_level"] in {"error", "warning"}]
    assert SECRET in str(logged.get("exc_info", logged.get("error")))
    assert said["extensions"].get("correlationId") == logged.get("correlation_id")


async def test_what_fails_in_a_stream_of_events_is_said_in_our_words(
    desk: Desk, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise asyncpg.UndefinedTableError(SECRET)

    monkeypatch.setattr(subscriptions, "_recheck", fails)
    headers = {"accept": "text/event-stream", "x-requested-with": "tests"}
    cookies = dict(desk.super_admin.client.cookies)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{station.port}", cookies=cookies) as client:
        answer = await client.post("/graphql", json={"query": REQUESTS}, headers=headers, timeout=30)

    assert '"INTERNAL"' in answer.text
    assert SECRET not in answer.text


async def test_a_fault_before_a_subscription_begins_ends_it_and_not_the_websocket(
    desk: Desk, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise ConnectionRefusedError(SECRET)

    with monkeypatch.context() as broken:
        broken.setattr("backend.api.execution.documents.Documents.cached", fails)
        ada = await station.subscribes(desk.super_admin, REQUESTS)
        refused = await ada.next()
    subscribe = {"type": "subscribe", "id": "2", "payload": {"query": "subscription { nonsense }"}}
    await ada.socket.send(json.dumps(subscribe))

    assert [error["extensions"]["code"] for error in refused] == ["UNAVAILABLE"]
    assert SECRET not in json.dumps(refused)
    assert await ada.refusal() == "GRAPHQL_VALIDATION_FAILED"


async def test_events_are_for_subscriptions_and_subscriptions_for_events(desk: Desk, station: Station) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{station.port}") as client:
        as_json = await client.post("/graphql", json={"query": REQUESTS})
        signed_out = await client.post("/graphql", json={"query": REQUESTS}, headers={"accept": "text/event-stream"})

    assert as_json.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"
    assert "UNAUTHENTICATED" in signed_out.text
    assert signed_out.text.rstrip().endswith("event: complete\ndata:")


async def _closing_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed):
        while True:
            await asyncio.wait_for(socket.recv(), 15)
    assert socket.close_code is not None
    return socket.close_code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (['{"type": "subscribe", "id": "1", "payload": {"query": "subscription { a }"}}'], 4401),
        (["["], 4400),
        (["[" * 20_000], 4400),
        (["7"], 4400),
        (["[]"], 4400),
        (['{"type": 7}'], 4400),
        (['{"type": "start"}'], 4400),
        (["{}"], 4400),
        ([b"{}"], 4400),
        (['{"type": "connection_init"}', '{"type": "connection_init"}'], 4429),
        (['{"type": "connection_init"}', '{"type": "subscribe", "id": [], "payload": {}}'], 4400),
        (['{"type": "connection_init"}', '{"type": "subscribe", "id": "1"}'], 4400),
        (['{"type": "ping"}'] * 200, 1008),
        (['{"type": "ping", "payload": "' + "x" * 70_000 + '"}'], 1009),
    ],
)
async def test_a_websocket_that_breaks_the_protocol_is_closed(
    desk: Desk, station: Station, said: list[str | bytes], code: int
) -> None:
    async with station.connection(desk.super_admin) as socket:
        with suppress(ConnectionClosed):
            for message in said:
                await socket.send(message)

        assert await _closing_code(socket) == code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{ viewer { id } }"}, "METHOD_NOT_ALLOWED"),
        ({"query": "mutation { signOut { errors { code } } }"}, "METHOD_NOT_ALLOWED"),
        ({"query": "subscription {"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { nonsense }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": 7}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
        ([], "BATCHING_OFF"),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}, "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
async def test_only_a_subscription_is_taken_over_a_websocket(
    desk: Desk, station: Station, payload: Any, code: str
) -> None:
    ada = await station.subscribes(desk.super_admin, payload)

    assert await ada.refusal() == code


async def test_a_websocket_has_twenty_subscriptions_at_most(desk: Desk, station: Station) -> None:
    ada = await station.subscribes(desk.super_admin, REQUESTS)
    for number in range(2, 22):
        message = {"type": "subscribe", "id": str(number), "payload": {"query": REQUESTS}}
        await ada.socket.send(json.dumps(message))

    assert await ada.refusal() == "TOO_MANY_SUBSCRIPTIONS"


async def test_a_subscription_that_is_not_known_counts_for_its_length(
    desk: Desk, station: Station, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_CALLS_PER_MINUTE_PER_PERSON", "60")
    settings.cache_clear()
    one, other = (f"{REQUESTS} #".ljust(CHARACTERS_PER_CALL * 40, letter) for letter in "xy")

    await station.watches(desk.super_admin, one)
    refused = await station.subscribes(desk.super_admin, other)

    assert await refused.refusal() == "TOO_MANY_REQUESTS"


async def test_a_person_has_ten_lines_at_most(desk: Desk, station: Station) -> None:
    for _ in range(10):
        await station.subscribes(desk.super_admin, REQUESTS)

    async with station.connection(desk.super_admin) as socket:
        assert await _closing_code(socket) == 4429
    await station.subscribes(desk.customer_success, REQUESTS)


async def test_of_more_event_streams_at_once_than_a_person_may_have_ten_begin(desk: Desk, station: Station) -> None:
    headers = {"accept": "text/event-stream", "x-requested-with": "tests"}
    url, cookies = f"http://127.0.0.1:{station.port}", dict(desk.super_admin.client.cookies)
    async with httpx2.AsyncClient(base_url=url, cookies=cookies, headers=headers) as client, AsyncExitStack() as stack:
        begun = await asyncio.gather(
            *(stack.enter_async_context(client.stream("POST", "/graphql", json={"query": REQUESTS})) for _ in range(20))
        )
        refused = [response for response in begun if response.status_code == 429]
        codes = {json.loads(await response.aread())["errors"][0]["extensions"]["code"] for response in refused}
        first = [await anext(response.aiter_lines()) for response in begun if response.status_code == 200]

    assert first == [": alive"] * 10
    assert codes == {"TOO_MANY_SUBSCRIPTIONS"}


async def _first(events: AsyncIterator[str], number: int) -> AsyncIterator[str]:
    for _ in range(number):
        yield await anext(events)
