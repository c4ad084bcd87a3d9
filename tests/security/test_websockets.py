"""Websockets of clients that are gone or read nothing are closed; their number is limited."""

import asyncio
import base64
import json
import os
import socket
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from backend.settings import Settings, settings
from backend.web.protocol import raise_file_limit
from backend.web.server import PING_INTERVAL_S, PONG_TIMEOUT_S
from tests.clients.listening import listening
from tests.desk import Desk, Person
from tests.promises import Promise
from tests.serving import served
from tests.waiting import until

COMMENT = "€" * 500

WATCH = f"subscription {{ changeRequestChanged {{ request {{ {' '.join(f'a{n}: comment' for n in range(30))} }} }} }}"


def text_frame(text: str) -> bytes:
    """A text frame of a client, masked with zeros."""
    content = text.encode()
    return b"\x81" + bytes([0x80 | 126]) + len(content).to_bytes(2, "big") + bytes(4) + content


async def open_websocket(port: int, person: Person) -> socket.socket:
    """A websocket with a subscription that reads nothing by itself."""
    websocket = socket.socket()
    websocket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    websocket.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(websocket, ("127.0.0.1", port))
    cookie = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
    head = (
        f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: {cookie}\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    await loop.sock_sendall(websocket, head.encode())
    assert (await loop.sock_recv(websocket, 4096)).startswith(b"HTTP/1.1 101 ")
    subscribe = {"type": "subscribe", "id": "1", "payload": {"query": WATCH}}
    await loop.sock_sendall(websocket, text_frame(json.dumps({"type": "connection_init", "payload": {}}).ljust(200)))
    await loop.sock_sendall(websocket, text_frame(json.dumps(subscribe).ljust(200)))
    return websocket


async def subscriber_count(queue: Redis) -> int:
    """Number of subscriptions of the server at the queue server."""
    return len([client for client in await queue.client_list(_type="pubsub") if client["psub"] != "0"])


async def test_a_websocket_without_a_pong_is_closed(desk: Desk, valkey_url: str) -> None:
    async with served(desk.app, pong_timeout_s=0.5) as port, Redis.from_url(valkey_url) as queue:
        async with listening(valkey_url):
            websocket = await open_websocket(port, desk.super_admin)

        async def is_without_subscribers() -> bool:
            return await subscriber_count(queue) == 0

        await until(is_without_subscribers)
        websocket.close()

    assert PING_INTERVAL_S + PONG_TIMEOUT_S <= 60


async def test_a_websocket_that_reads_nothing_is_closed_and_its_events_are_not_queued(
    desk: Desk, valkey_url: str
) -> None:
    filed = await desk.super_admin.files("renewal", accountId=await desk.account(), comment=COMMENT)
    event = json.dumps({"request_id": 1, "account_id": 1, "organisation_id": desk.acme.id})
    assert filed.request is not None

    async with served(desk.app, pong_timeout_s=2) as port, Redis.from_url(valkey_url) as queue:
        async with listening(valkey_url):
            websocket = await open_websocket(port, desk.super_admin)
        for _ in range(200):
            await queue.publish(f"news:{desk.acme.id}", event)

        async def is_without_subscribers() -> bool:
            return await subscriber_count(queue) == 0

        await until(is_without_subscribers)
        websocket.close()


async def open_acknowledged_websocket(
    port: int, address: str, person: Person, stack: AsyncExitStack
) -> ClientConnection | int:
    """An acknowledged websocket from a loopback address, or the code with which the server closed it."""
    websocket = await connect(
        f"ws://127.0.0.1:{port}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers={"cookie": "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())},
        local_addr=(address, 0),
        proxy=None,
    )
    try:
        await websocket.send('{"type": "connection_init"}')
        assert json.loads(await websocket.recv())["type"] == "connection_ack"
    except ConnectionClosed:
        return websocket.close_code or 0
    stack.push_async_callback(websocket.close)
    return websocket


async def test_an_address_may_open_two_hundred_websockets_and_the_server_a_thousand(
    desk: Desk, environment: pytest.MonkeyPatch, promise: Promise
) -> None:
    environment.setenv("EMP_LINES_PER_PERSON", "2000")
    environment.setenv("EMP_IDLE_WEBSOCKET_TIMEOUT_S", "600")
    settings.cache_clear()
    per_address, per_server = (
        Settings.model_fields[name].default for name in ("max_streams_per_address", "max_streams")
    )
    addresses = [f"127.0.0.{last}" for last in range(2, 2 + per_server // per_address)]
    raise_file_limit()
    async with served(desk.app) as port, AsyncExitStack() as stack:
        for address in addresses:
            websockets = [
                await open_acknowledged_websocket(port, address, desk.super_admin, stack) for _ in range(per_address)
            ]
            assert all(isinstance(websocket, ClientConnection) for websocket in websockets)
            assert await open_acknowledged_websocket(port, address, desk.super_admin, stack) == 4429
        assert await open_acknowledged_websocket(port, "127.0.0.99", desk.super_admin, stack) == 4429
        assert isinstance(websockets[0], ClientConnection)
        await websockets[0].close()
        assert isinstance(
            await open_acknowledged_websocket(port, "127.0.0.99", desk.super_admin, stack), ClientConnection
        )

    assert (per_address, per_server) == (200, 1000)
    promise("Websockets that one address, and all clients, may have open at one server", f"{per_address}, {per_server}")
