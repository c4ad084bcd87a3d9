"""Websockets whose other end is gone, or takes nothing, are not held for long."""

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
    """A message as a client sends it, masked with zeros."""
    content = text.encode()
    return b"\x81" + bytes([0x80 | 126]) + len(content).to_bytes(2, "big") + bytes(4) + content


async def opened(port: int, person: Person) -> socket.socket:
    """A websocket of somebody who reads nothing unless asked to, with a subscription under way."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, ("127.0.0.1", port))
    cookie = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
    head = (
        f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: {cookie}\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    await loop.sock_sendall(line, head.encode())
    assert (await loop.sock_recv(line, 4096)).startswith(b"HTTP/1.1 101 ")
    subscribe = {"type": "subscribe", "id": "1", "payload": {"query": WATCH}}
    await loop.sock_sendall(line, text_frame(json.dumps({"type": "connection_init", "payload": {}}).ljust(200)))
    await loop.sock_sendall(line, text_frame(json.dumps(subscribe).ljust(200)))
    return line


async def listeners(queue: Redis) -> int:
    """How many live updates the server follows."""
    return len([one for one in await queue.client_list(_type="pubsub") if one["psub"] != "0"])


async def test_a_websocket_without_an_answer_to_a_ping_is_given_up(desk: Desk, valkey_url: str) -> None:
    async with served(desk.app, pong_within=0.5) as port, Redis.from_url(valkey_url) as queue:
        async with listening(valkey_url):
            line = await opened(port, desk.super_admin)

        async def nobody_is_told() -> bool:
            return await listeners(queue) == 0

        await until(nobody_is_told)
        line.close()

    assert PING_INTERVAL_S + PONG_TIMEOUT_S <= 60


async def test_a_websocket_that_takes_nothing_is_given_up_and_news_does_not_pile_up_for_it(
    desk: Desk, valkey_url: str
) -> None:
    filed = await desk.super_admin.files("renewal", accountId=await desk.account(), comment=COMMENT)
    news = json.dumps({"request_id": 1, "account_id": 1, "organisation_id": desk.acme.id})
    assert filed.request is not None

    async with served(desk.app, pong_within=2) as port, Redis.from_url(valkey_url) as queue:
        async with listening(valkey_url):
            line = await opened(port, desk.super_admin)
        for _ in range(200):
            await queue.publish(f"news:{desk.acme.id}", news)

        async def nobody_is_told() -> bool:
            return await listeners(queue) == 0

        await until(nobody_is_told)
        line.close()


async def held_line(port: int, address: str, person: Person, stack: AsyncExitStack) -> ClientConnection | int:
    """A person's websocket from an address of this machine that says hello, or the code with which it is closed."""
    line = await connect(
        f"ws://127.0.0.1:{port}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers={"cookie": "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())},
        local_addr=(address, 0),
        proxy=None,
    )
    try:
        await line.send('{"type": "connection_init"}')
        assert json.loads(await line.recv())["type"] == "connection_ack"
    except ConnectionClosed:
        return line.close_code or 0
    stack.push_async_callback(line.close)
    return line


async def test_an_address_has_two_hundred_lines_at_most_and_the_server_a_thousand(
    desk: Desk, environment: pytest.MonkeyPatch, promise: Promise
) -> None:
    environment.setenv("EMP_LINES_PER_PERSON", "2000")
    environment.setenv("EMP_IDLE_WEBSOCKET_TIMEOUT_S", "600")
    settings.cache_clear()
    of_an_address, of_all = (Settings.model_fields[name].default for name in ("max_streams_per_address", "max_streams"))
    addresses = [f"127.0.0.{last}" for last in range(2, 2 + of_all // of_an_address)]
    raise_file_limit()
    async with served(desk.app) as port, AsyncExitStack() as stack:
        for address in addresses:
            held = [await held_line(port, address, desk.super_admin, stack) for _ in range(of_an_address)]
            assert all(isinstance(line, ClientConnection) for line in held)
            assert await held_line(port, address, desk.super_admin, stack) == 4429
        assert await held_line(port, "127.0.0.99", desk.super_admin, stack) == 4429
        assert isinstance(held[0], ClientConnection)
        await held[0].close()
        assert isinstance(await held_line(port, "127.0.0.99", desk.super_admin, stack), ClientConnection)

    assert (of_an_address, of_all) == (200, 1000)
    promise(
        "Lines of live updates that one address, and all, may have open at one server", f"{of_an_address}, {of_all}"
    )
