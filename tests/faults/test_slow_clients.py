"""Clients that send nothing, too slowly or too much, or read nothing, are disconnected; others are served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from backend.settings import settings
from backend.web.protocol import MAX_HEAD_BYTES, HttpConnection
from tests.waiting import until

DEADLINE_S = "0.2"
"""Each timeout of the server."""

LARGE_ANSWER_BYTES = 32 * 1024 * 1024
"""More than the buffers of sockets hold."""

HEAD = b"POST / HTTP/1.1\r\nhost: localhost\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Read a request to its end and answer OK; a GET gets a large answer."""
    if scope["method"] == "POST":
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(LARGE_ANSWER_BYTES // 65536 if scope["method"] == "GET" else 0):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": b"OK"})


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[uvicorn.Server]:
    """A server with short timeouts."""
    for name in ("HEAD_WITHIN", "BODY_WITHIN", "READ_WITHIN"):
        monkeypatch.setenv(f"EMP_{name}", DEADLINE_S)
    monkeypatch.setenv("EMP_CONNECTIONS_PER_ADDRESS", "3")
    settings.cache_clear()
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", http=HttpConnection, log_config=None))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server
    server.should_exit = True
    await serving
    settings.cache_clear()


async def connection(server: uvicorn.Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the server."""
    (listening,) = server.servers
    return await asyncio.open_connection(*listening.sockets[0].getsockname())


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """All bytes until the connection is closed or reset."""
    response = b""
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            response += piece
    return response


async def response_until_closed(server: uvicorn.Server, first: bytes, repeated: bytes = b"") -> bytes:
    """All bytes until the server closes the connection of a client that sends ``first``, then ``repeated`` for ever."""
    reader, writer = await connection(server)
    response = asyncio.create_task(read_all(reader))
    with suppress(ConnectionError):
        writer.write(first)
        while repeated and not response.done():
            writer.write(repeated)
            await asyncio.wait({response}, timeout=0.02)
    try:
        return await asyncio.wait_for(response, 15)
    finally:
        writer.close()


async def is_another_client_served(server: uvicorn.Server) -> bool:
    """Whether another client gets its answer."""
    return b"OK" in await response_until_closed(server, HEAD + b"content-length: 2\r\nconnection: close\r\n\r\n{}")


SLOW_CLIENTS = {
    "says nothing": (b"", b"", b""),
    "sends half a line": (b"POST / HT", b"", b"HTTP/1.1 408 "),
    "sends half a head": (HEAD, b"", b"HTTP/1.1 408 "),
    "drips headers": (HEAD, b"x: y\r\n", b"HTTP/1.1 408 "),
    "drips empty lines": (b"\r\n", b"\r\n", b"HTTP/1.1 408 "),
    "sends half a body": (HEAD + b"content-length: 9\r\n\r\n{", b"", b"HTTP/1.1 408 "),
    "drips a body": (HEAD + b"content-length: 90000\r\n\r\n{", b"x", b"HTTP/1.1 408 "),
    "drips chunks": (HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n", b"HTTP/1.1 408 "),
    "sends too large a head": (HEAD + b"x: " + b"y" * MAX_HEAD_BYTES + b"\r\n\r\n", b"", b"HTTP/1.1 431 "),
    "sends a head without end": (HEAD + b"x: ", b"y" * 4096, b"HTTP/1.1 431 "),
}


@pytest.mark.parametrize("client", SLOW_CLIENTS)
async def test_a_client_that_is_too_slow_or_sends_too_much_is_disconnected(server: uvicorn.Server, client: str) -> None:
    first, repeated, answer = SLOW_CLIENTS[client]

    response = await response_until_closed(server, first, repeated)

    assert response.startswith(answer)
    assert answer or response == b""
    assert await is_another_client_served(server)


async def test_a_client_that_reads_nothing_is_disconnected(server: uvicorn.Server) -> None:
    reader, writer = await connection(server)
    writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    await until(lambda: len(server.server_state.connections) == 1)

    await until(lambda: not server.server_state.connections)

    assert await is_another_client_served(server)
    writer.close()
    with suppress(ConnectionError):
        await reader.read()


async def test_successive_requests_on_one_connection_are_all_served(server: uvicorn.Server) -> None:
    reader, writer = await connection(server)
    for _ in range(3):
        writer.write(HEAD + b"content-length: 2\r\n\r\n{}")
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        assert await reader.readuntil(b"0\r\n\r\n")
    writer.close()


async def test_a_connection_over_the_limit_of_an_address_gets_retry_after(server: uvicorn.Server) -> None:
    connections = [await connection(server) for _ in range(3)]
    await until(lambda: len(server.server_state.connections) == 3)

    refused = await response_until_closed(server, HEAD + b"content-length: 0\r\n\r\n")

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2" in refused
    for _, writer in connections:
        writer.close()
    await until(lambda: not server.server_state.connections)
    assert await is_another_client_served(server)
