"""The desk on a free port, with the server and the options of ``emp serve``."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp

from backend.web.server import MAX_WEBSOCKET_MESSAGE_BYTES, PING_INTERVAL_S, PONG_TIMEOUT_S, SHUTDOWN_TIMEOUT_S
from tests.desk import Desk, Person
from tests.waiting import until


@asynccontextmanager
async def served(app: ASGIApp, pong_timeout_s: float = PONG_TIMEOUT_S) -> AsyncIterator[int]:
    """Serve an application on a free port. Pings are sent at least every ``pong_timeout_s``."""
    config = uvicorn.Config(
        app,
        port=0,
        lifespan="off",
        ws="backend.web.protocol:Websocket",
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        ws_ping_interval=min(PING_INTERVAL_S, pong_timeout_s),
        ws_ping_timeout=pong_timeout_s,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
        log_config=None,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


@dataclass
class HttpClient:
    """A client that can send malformed bodies and raw bytes."""

    port: int
    client: httpx2.AsyncClient

    async def post_body(self, content: bytes | str, **headers: str) -> httpx2.Response:
        """Post a body as it is, as JSON unless the headers say otherwise."""
        all_headers = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.client.post("/graphql", content=content, headers=all_headers)

    async def asks(self, query: str, **variables: Any) -> httpx2.Response:
        """Send an operation."""
        return await self.post_body(json.dumps({"query": query, "variables": variables}))

    async def check_is_served(self) -> None:
        """Assert that the server answers an operation."""
        answer = await self.asks("{ __typename }")
        assert (answer.status_code, answer.json()["data"]) == (200, {"__typename": "Query"})

    async def send_raw(self, text: bytes) -> bytes:
        """Send raw bytes on a new connection. Returns all bytes until it is closed. Raises: TimeoutError (15 s)."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text)
        await writer.drain()
        try:
            return await asyncio.wait_for(reader.read(), 15)
        finally:
            writer.close()


@dataclass
class ServedDesk:
    """The desk served over the network."""

    desk: Desk
    port: int
    stack: AsyncExitStack

    async def open_client(self, person: Person | None = None, **headers: str) -> HttpClient:
        """A client with a person's session, or without one."""
        cookies = dict(person.client.cookies) if person else {}
        all_headers = {"x-requested-with": "tests"} | {name.replace("_", "-"): value for name, value in headers.items()}
        client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", cookies=cookies, headers=all_headers, timeout=60
        )
        return HttpClient(self.port, await self.stack.enter_async_context(client))


@asynccontextmanager
async def served_desk_of(desk: Desk) -> AsyncIterator[ServedDesk]:
    """Serve a running desk."""
    async with served(desk.app) as port, AsyncExitStack() as stack:
        yield ServedDesk(desk, port, stack)


@pytest.fixture
async def served_desk(desk: Desk) -> AsyncIterator[ServedDesk]:
    """The desk served over the network."""
    async with served_desk_of(desk) as served_one:
        yield served_one


def code_of(answer: httpx2.Response) -> str:
    """The code of a response that refuses a whole request."""
    body = answer.json()
    assert "data" not in body, body
    (code,) = {error["extensions"]["code"] for error in body["errors"]}
    return str(code)
