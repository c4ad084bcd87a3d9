"""Every limit counts a /64 network of IPv6 as one address."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count

import httpx2
import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from backend.network_addresses import counted_as
from backend.settings import settings
from backend.web.protocol import HttpConnection
from tests.desk import Desk
from tests.running import running_desk
from tests.serving import served
from tests.waiting import until

LIMIT = 4
"""Each limit of an address in these tests."""

SIGN_IN = 'mutation { signIn(input: {email: "ada@acme.example", password: "wrong"}) { errors { code } } }'


def addresses_of_one_network() -> Iterator[str]:
    """Different addresses of one /64 network."""
    return (f"2001:db8:0:7:{number:x}::1" for number in count(1))


@pytest.fixture
async def desk(environment: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The desk with low limits of an address."""
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS", str(LIMIT))
    environment.setenv("EMP_LINES_PER_ADDRESS", str(LIMIT))
    async with running_desk() as desk:
        yield desk


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("fe80::7%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_an_address_is_counted_by_its_network(address: str, network: str) -> None:
    assert counted_as(address) == network


async def test_calls_of_a_network_are_counted_together(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_CALLS_PER_MINUTE_PER_ADDRESS", "10")
    settings.cache_clear()
    addresses = addresses_of_one_network()

    answers = [await desk.stranger(address=next(addresses)).asks("{ __typename }") for _ in range(11)]
    others = await desk.stranger(address="2001:db8:0:8::1").asks("{ __typename }")

    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert others.status == 200


async def test_guesses_from_a_network_are_counted_together(desk: Desk) -> None:
    addresses = addresses_of_one_network()
    for _ in range(LIMIT):
        assert "errors" not in (await desk.stranger(address=next(addresses)).asks(SIGN_IN)).body

    assert (await desk.stranger(address=next(addresses)).asks(SIGN_IN)).code == "TOO_MANY_REQUESTS"
    assert "errors" not in (await desk.stranger(address="2001:db8:0:8::1").asks(SIGN_IN)).body


async def test_guesses_at_one_person_from_a_network_are_counted_together(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS", "0")
    settings.cache_clear()
    addresses = addresses_of_one_network()
    for _ in range(settings().sign_in_attempts_per_person):
        assert "errors" not in (await desk.stranger(address=next(addresses)).asks(SIGN_IN)).body

    assert (await desk.stranger(address=next(addresses)).asks(SIGN_IN)).code == "TOO_MANY_REQUESTS"


async def test_websockets_of_a_network_are_counted_together(desk: Desk) -> None:
    addresses = addresses_of_one_network()

    @asynccontextmanager
    async def open_websocket(port: int, address: str) -> AsyncIterator[int | None]:
        """A websocket through a proxy. Yields its close code, or None while it is open."""
        protocols = [Subprotocol("graphql-transport-ws")]
        headers = {"x-forwarded-for": address}
        url = f"ws://127.0.0.1:{port}/graphql"
        async with connect(url, subprotocols=protocols, additional_headers=headers, proxy=None) as socket:
            try:
                await socket.send('{"type": "ping"}')
                await socket.recv()
            except ConnectionClosed:
                yield socket.close_code
            else:
                yield None

    async with served(desk.app) as port, AsyncExitStack() as stack:
        codes = [await stack.enter_async_context(open_websocket(port, next(addresses))) for _ in range(LIMIT + 1)]
        other = await stack.enter_async_context(open_websocket(port, "2001:db8:0:8::1"))

    assert codes == [None] * LIMIT + [4429]
    assert other is None


async def test_connections_of_a_network_are_counted_together(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("EMP_CONNECTIONS_PER_ADDRESS", str(LIMIT))
    settings.cache_clear()
    addresses = addresses_of_one_network()
    # This machine has one address of IPv6 at most.
    environment.setattr(
        "uvicorn.protocols.http.httptools_impl.get_remote_addr", lambda transport: (next(addresses), 40000)
    )
    async with running_desk(signed_in=False) as desk, AsyncExitStack() as stack:
        server = uvicorn.Server(uvicorn.Config(desk.app, port=0, lifespan="off", http=HttpConnection, log_config=None))
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        statuses = []
        for _ in range(LIMIT + 1):
            client = await stack.enter_async_context(httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}"))
            statuses.append((await client.get("/healthz")).status_code)
        server.should_exit = True
        await serving

    assert statuses == [200] * LIMIT + [503]
