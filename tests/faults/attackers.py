"""Attackers in a process of their own: slow, silent and costly clients, over HTTP and over websockets.

Each kind has a loopback address of its own, so that the limits of one address do not stop the others. Pauses between
two tries are random, so that attackers do not run in step.
"""

import asyncio
import itertools
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

Attack = Callable[[int, str], Awaitable[None]]

POST_HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"

PAUSE_S = 0.2
"""Between two pieces of one attacker, and between two tries on average."""

SUBSCRIBE_MESSAGE = {"type": "subscribe", "payload": {"query": "subscription { changeRequestChanged { at } }"}}

SERIAL_NUMBERS = itertools.count()
"""So that no document is in the server's cache."""

DOUBLING_DOCUMENT = (
    "{ viewer { ...f0 } } fragment f30 on Viewer { id } "
    + "".join(f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }} " for n in range(30))
)  # fmt: skip

WIDE_DOCUMENT = "{ viewer { id } } " + " ".join(
    f"fragment f{n} on Account {{ {'id name clientName ' * 7} }}" for n in range(20)
)
"""Nearly as many fields as a document may have: validating it takes longer than refusing any other."""


@asynccontextmanager
async def connection_from(
    port: int, local_address: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the server from a loopback address."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(local_address, 0))
    try:
        yield reader, writer
    finally:
        writer.close()


async def response_to(port: int, request: bytes, local_address: str = "127.0.0.1") -> bytes:
    """All bytes until the server closes the connection; empty when it cannot be reached."""
    response = b""
    with suppress(OSError):
        async with connection_from(port, local_address) as (reader, writer):
            writer.write(request)
            while data := await reader.read(65_536):
                response += data
    return response


async def send_nothing(port: int, local_address: str) -> None:
    """Connect and send nothing."""
    await response_to(port, b"", local_address)


async def send_half_a_request_line(port: int, local_address: str) -> None:
    """Stop in the middle of the method."""
    await response_to(port, POST_HEAD[:9], local_address)


async def _drip(port: int, local_address: str, first: bytes, piece: bytes) -> None:
    async with connection_from(port, local_address) as (reader, writer):
        writer.write(first)
        closed = asyncio.create_task(reader.read())
        while not closed.done():
            writer.write(piece)
            await asyncio.wait({closed}, timeout=PAUSE_S)


async def drip_headers(port: int, local_address: str) -> None:
    """Send one header every PAUSE_S, without end."""
    await _drip(port, local_address, POST_HEAD, b"x: y\r\n")


async def drip_body(port: int, local_address: str) -> None:
    """Send one byte of the body every PAUSE_S."""
    await _drip(port, local_address, POST_HEAD + b"content-length: 60000\r\n\r\n", b"{")


async def send_too_large_a_head(port: int, local_address: str) -> None:
    """Send a head of 60 kB."""
    await response_to(port, POST_HEAD + b"x: " + b"y" * 60_000 + b"\r\n\r\n", local_address)


async def _query(port: int, local_address: str, document: str) -> None:
    body = json.dumps({"query": f"{document} # {next(SERIAL_NUMBERS)}"}).encode()
    await response_to(
        port, POST_HEAD + b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body), local_address
    )


async def query_doubling_fragments(port: int, local_address: str) -> None:
    """Send a document whose fragments expand to 2^30 fields; another text each time."""
    await _query(port, local_address, DOUBLING_DOCUMENT)


async def query_widest_valid_document(port: int, local_address: str) -> None:
    """Send a document just within the limits; another text each time."""
    await _query(port, local_address, WIDE_DOCUMENT)


async def read_no_response(port: int, local_address: str) -> None:
    """Request the page 200 times on one connection, and read nothing."""
    async with connection_from(port, local_address) as (_, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 200)
        await writer.drain()
        await writer.wait_closed()


async def _websocket(port: int, local_address: str, *messages: str) -> None:
    protocols = [Subprotocol("graphql-transport-ws")]
    url = f"ws://127.0.0.1:{port}/graphql"
    async with connect(
        url, subprotocols=protocols, local_addr=(local_address, 0), proxy=None, max_queue=1
    ) as websocket:
        for message in messages:
            await websocket.send(message)
        await websocket.wait_closed()


async def open_websocket_without_init(port: int, local_address: str) -> None:
    """Open a websocket without ``connection_init``."""
    await _websocket(port, local_address)


async def subscribe_before_init(port: int, local_address: str) -> None:
    """Subscribe before ``connection_init``."""
    await _websocket(port, local_address, json.dumps(SUBSCRIBE_MESSAGE | {"id": "1"}))


async def subscribe_past_the_limit(port: int, local_address: str) -> None:
    """Open 50 subscriptions, far more than the limit."""
    messages = (json.dumps(SUBSCRIBE_MESSAGE | {"id": str(number)}) for number in range(50))
    await _websocket(port, local_address, '{"type": "connection_init"}', *messages)


async def flood_pings(port: int, local_address: str) -> None:
    """Send a hundred pings at once."""
    await _websocket(port, local_address, *['{"type": "ping"}'] * 100)


async def send_large_message(port: int, local_address: str) -> None:
    """Send a message of 1 MB, far more than the limit."""
    await _websocket(port, local_address, '{"type": "ping", "payload": "' + "x" * 1_000_000 + '"}')


async def send_deeply_nested_message(port: int, local_address: str) -> None:
    """Send 60,000 nested lists."""
    await _websocket(port, local_address, "[" * 60_000)


ATTACKS: tuple[Attack, ...] = (
    send_nothing,
    send_half_a_request_line,
    drip_headers,
    drip_body,
    send_too_large_a_head,
    query_doubling_fragments,
    query_widest_valid_document,
    read_no_response,
    open_websocket_without_init,
    subscribe_before_init,
    subscribe_past_the_limit,
    flood_pings,
    send_large_message,
    send_deeply_nested_message,
)


@asynccontextmanager
async def attacking(port: int, attackers: int, kinds: Sequence[Attack] = ATTACKS) -> AsyncIterator[None]:
    """Run so many attackers of each kind for as long as the block runs."""
    names = [kind.__name__ for kind in kinds]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(port), str(attackers), *names, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"started\n"
    try:
        yield
        assert process.returncode is None
    finally:
        process.kill()
        await process.wait()


async def _repeat(attack: Attack, port: int, local_address: str) -> None:
    while True:
        with suppress(OSError, WebSocketException, EOFError):
            await attack(port, local_address)
        await asyncio.sleep(random.uniform(0, 2 * PAUSE_S))


async def _attack_for_ever(port: int, attackers: int, kinds: Collection[str]) -> None:
    addresses = {attack: f"127.0.0.{last}" for last, attack in enumerate(ATTACKS, 100)}
    tasks = [
        asyncio.create_task(_repeat(attack, port, local_address))
        for attack, local_address in addresses.items()
        for _ in range(attackers)
        if attack.__name__ in kinds
    ]
    await asyncio.sleep(2 * PAUSE_S)
    sys.stdout.write("started\n")
    sys.stdout.flush()
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(_attack_for_ever(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
