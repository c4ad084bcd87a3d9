"""Attackers, in a process of their own: slow, silent, greedy and loud clients, over HTTP and over websockets.

Each kind comes from an address of this machine that is its own, so that no limit of an address stops the others. They
do not come in step: how long each waits before it comes again is left to chance.
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

POST = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"

PAUSE = 0.2
"""Seconds between two of an attacker's pieces, and between two tries on an average."""

SUBSCRIBE = {"type": "subscribe", "payload": {"query": "subscription { changeRequestChanged { at } }"}}

NUMBERS = itertools.count()
"""So that no document is one that the server has seen."""

DOUBLING = (
    "{ viewer { ...f0 } } fragment f30 on Viewer { id } "
    + "".join(f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }} " for n in range(30))
)  # fmt: skip

WIDE = "{ viewer { id } } " + " ".join(f"fragment f{n} on Account {{ {'id name clientName ' * 7} }}" for n in range(20))
"""Nearly as many fields as a document may have: to find it valid takes longer than to refuse any."""


@asynccontextmanager
async def line_to(port: int, by: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the server from an address of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(by, 0))
    try:
        yield reader, writer
    finally:
        writer.close()


async def said_to(port: int, request: bytes, by: str = "127.0.0.1") -> bytes:
    """What the server says until it hangs up on this address, be it in the middle; nothing when it is not there."""
    said = b""
    with suppress(OSError):
        async with line_to(port, by) as (reader, writer):
            writer.write(request)
            while words := await reader.read(65_536):
                said += words
    return said


async def keeps_silent(port: int, by: str) -> None:
    """Connects, and says nothing."""
    await said_to(port, b"", by)


async def says_half_a_line(port: int, by: str) -> None:
    """Stops in the middle of a word."""
    await said_to(port, POST[:9], by)


async def _drips(port: int, by: str, first: bytes, piece: bytes) -> None:
    async with line_to(port, by) as (reader, writer):
        writer.write(first)
        over = asyncio.create_task(reader.read())
        while not over.done():
            writer.write(piece)
            await asyncio.wait({over}, timeout=PAUSE)


async def drips_a_head(port: int, by: str) -> None:
    """A header now and then."""
    await _drips(port, by, POST, b"x: y\r\n")


async def drips_a_body(port: int, by: str) -> None:
    """A byte now and then."""
    await _drips(port, by, POST + b"content-length: 60000\r\n\r\n", b"{")


async def says_too_much_at_once(port: int, by: str) -> None:
    """A head without measure."""
    await said_to(port, POST + b"x: " + b"y" * 60_000 + b"\r\n\r\n", by)


async def _asks(port: int, by: str, document: str) -> None:
    body = json.dumps({"query": f"{document} # {next(NUMBERS)}"}).encode()
    await said_to(port, POST + b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body), by)


async def asks_too_much(port: int, by: str) -> None:
    """A document that doubles and doubles, another each time."""
    await _asks(port, by, DOUBLING)


async def asks_as_much_as_may_be(port: int, by: str) -> None:
    """A document that is not refused, another each time."""
    await _asks(port, by, WIDE)


async def takes_no_answer(port: int, by: str) -> None:
    """Asks for the page over and over, and reads nothing."""
    async with line_to(port, by) as (_, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 200)
        await writer.drain()
        await writer.wait_closed()


async def _over_a_websocket(port: int, by: str, *said: str) -> None:
    protocols = [Subprotocol("graphql-transport-ws")]
    url = f"ws://127.0.0.1:{port}/graphql"
    async with connect(url, subprotocols=protocols, local_addr=(by, 0), proxy=None, max_queue=1) as line:
        for message in said:
            await line.send(message)
        await line.wait_closed()


async def never_greets(port: int, by: str) -> None:
    """Opens a websocket, and says nothing."""
    await _over_a_websocket(port, by)


async def subscribes_first(port: int, by: str) -> None:
    """Before any greeting."""
    await _over_a_websocket(port, by, json.dumps(SUBSCRIBE | {"id": "1"}))


async def subscribes_without_end(port: int, by: str) -> None:
    """Far more than there may be."""
    messages = (json.dumps(SUBSCRIBE | {"id": str(number)}) for number in range(50))
    await _over_a_websocket(port, by, '{"type": "connection_init"}', *messages)


async def talks_without_end(port: int, by: str) -> None:
    """A hundred pings at once."""
    await _over_a_websocket(port, by, *['{"type": "ping"}'] * 100)


async def sends_a_large_message(port: int, by: str) -> None:
    """Far more than a message may have."""
    await _over_a_websocket(port, by, '{"type": "ping", "payload": "' + "x" * 1_000_000 + '"}')


async def sends_a_deep_message(port: int, by: str) -> None:
    """Lists in lists."""
    await _over_a_websocket(port, by, "[" * 60_000)


ATTACKS: tuple[Attack, ...] = (
    keeps_silent,
    says_half_a_line,
    drips_a_head,
    drips_a_body,
    says_too_much_at_once,
    asks_too_much,
    asks_as_much_as_may_be,
    takes_no_answer,
    never_greets,
    subscribes_first,
    subscribes_without_end,
    talks_without_end,
    sends_a_large_message,
    sends_a_deep_message,
)


@asynccontextmanager
async def besieged(port: int, attackers: int, kinds: Sequence[Attack] = ATTACKS) -> AsyncIterator[None]:
    """So many attackers of each kind at work for as long as the block runs."""
    names = [kind.__name__ for kind in kinds]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(port), str(attackers), *names, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"they have come\n"
    try:
        yield
        assert process.returncode is None
    finally:
        process.kill()
        await process.wait()


async def _goes_on(attack: Attack, port: int, by: str) -> None:
    while True:
        with suppress(OSError, WebSocketException, EOFError):
            await attack(port, by)
        await asyncio.sleep(random.uniform(0, 2 * PAUSE))


async def _besiege(port: int, attackers: int, kinds: Collection[str]) -> None:
    addresses = {attack: f"127.0.0.{last}" for last, attack in enumerate(ATTACKS, 100)}
    works = [
        asyncio.create_task(_goes_on(attack, port, by))
        for attack, by in addresses.items()
        for _ in range(attackers)
        if attack.__name__ in kinds
    ]
    await asyncio.sleep(2 * PAUSE)
    sys.stdout.write("they have come\n")
    sys.stdout.flush()
    await asyncio.gather(*works)


if __name__ == "__main__":
    asyncio.run(_besiege(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
