"""The desk on a port of its own, by the server and the options of ``emp serve``."""

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
async def served(app: ASGIApp, pong_within: float = PONG_TIMEOUT_S) -> AsyncIterator[int]:
    """An application on a free port. ``pong_within``: seconds between two pings too, when it is shorter."""
    config = uvicorn.Config(
        app,
        port=0,
        lifespan="off",
        ws="backend.web.protocol:Websocket",
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        ws_ping_interval=min(PING_INTERVAL_S, pong_within),
        ws_ping_timeout=pong_within,
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
class Line:
    """A client that sends what no library would, and reads what comes back."""

    port: int
    client: httpx2.AsyncClient

    async def posts(self, content: bytes | str, **headers: str) -> httpx2.Response:
        """A body as it is, as JSON unless the headers say otherwise."""
        named = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.client.post("/graphql", content=content, headers=named)

    async def asks(self, query: str, **variables: Any) -> httpx2.Response:
        """An operation."""
        return await self.posts(json.dumps({"query": query, "variables": variables}))

    async def is_served(self) -> None:
        """Somebody else is answered as if nothing had happened."""
        answer = await self.asks("{ __typename }")
        assert (answer.status_code, answer.json()["data"]) == (200, {"__typename": "Query"})

    async def says(self, text: bytes) -> bytes:
        """What the server sends back to these bytes until it hangs up, or has nothing more to say."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text)
        await writer.drain()
        try:
            return await asyncio.wait_for(reader.read(), 15)
        finally:
            writer.close()


@dataclass
class ServedDesk:
    """The desk as it is reached over the network."""

    desk: Desk
    port: int
    stack: AsyncExitStack

    async def line(self, person: Person | None = None, **headers: str) -> Line:
        """A client with a person's session, or with none."""
        cookies = dict(person.client.cookies) if person else {}
        named = {"x-requested-with": "tests"} | {name.replace("_", "-"): value for name, value in headers.items()}
        client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", cookies=cookies, headers=named, timeout=60
        )
        return Line(self.port, await self.stack.enter_async_context(client))


@asynccontextmanager
async def served_desk_of(desk: Desk) -> AsyncIterator[ServedDesk]:
    """A desk that runs already, served."""
    async with served(desk.app) as port, AsyncExitStack() as stack:
        yield ServedDesk(desk, port, stack)


@pytest.fixture
async def served_desk(desk: Desk) -> AsyncIterator[ServedDesk]:
    """The desk, served."""
    async with served_desk_of(desk) as served_one:
        yield served_one


def code_of(answer: httpx2.Response) -> str:
    """The code with which a request was refused as a whole, with the same words for every refusal of its kind."""
    body = answer.json()
    assert "data" not in body, body
    (code,) = {error["extensions"]["code"] for error in body["errors"]}
    return str(code)
