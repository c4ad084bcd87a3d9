"""The time between a server's SIGTERM and its end, in which balancers notice and nothing of theirs is refused.

At SIGTERM ``/readyz`` turns red and each answer says ``Connection: close``, while everything is served as before. After
EMP_DRAIN_S the server takes in whoever waits at its sockets, closes these, and finishes what is under way.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
import uvicorn

from backend.settings import settings

log = structlog.get_logger()


class Drain:
    """Whether this process has been told to end."""

    def __init__(self) -> None:
        self.has_begun = False


drain = Drain()


@contextmanager
def drained_at_sigterm() -> Iterator[None]:
    """Drain at SIGTERM, for as long as the block runs in a server's event loop; SIGINT ends the wait.

    A second SIGTERM changes nothing: systemd sends one to each process of a group, and their parent another one.
    Nothing happens where no server of uvicorn's handles SIGTERM, as in a test.
    """
    # The handler that uvicorn sets is a method of the server of this process, the only way to it from here.
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if not isinstance(server, uvicorn.Server):
        yield
        return
    loop = asyncio.get_running_loop()
    ending: list[asyncio.Task[None]] = []

    def begin() -> None:
        if drain.has_begun:
            return
        drain.has_begun = True
        wait_s = settings().drain_s
        log.info("the server ends", after_seconds=wait_s)
        ending.append(loop.create_task(_end(server, wait_s)))

    loop.add_signal_handler(signal.SIGTERM, begin)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        drain.has_begun = False


async def _end(server: uvicorn.Server, wait_s: float) -> None:
    await asyncio.sleep(wait_s)
    if server.should_exit:
        return
    waiting = [client for listening in server.servers for client in _last_clients_of(listening)]
    loop = asyncio.get_running_loop()
    for client in waiting:
        with suppress(OSError):
            await loop.connect_accepted_socket(lambda: _connection_of(server), client)
    server.handle_exit(signal.SIGTERM, None)


def _last_clients_of(listening: asyncio.Server) -> list[socket.socket]:
    """Close a server's sockets, and take in who waits there: the system would refuse what they have sent already."""
    clients: list[socket.socket] = []
    for shown in listening.sockets:
        with socket.socket(fileno=os.dup(shown.fileno())) as listener:
            listener.setblocking(False)
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    client.setblocking(False)
                    clients.append(client)
    # Not before the last: it closes all of them at once.
    listening.close()
    return clients


def _connection_of(server: uvicorn.Server) -> asyncio.Protocol:
    protocol: asyncio.Protocol = server.config.http_protocol_class(  # type: ignore[call-arg]
        config=server.config, server_state=server.server_state, app_state=server.lifespan.state
    )
    return protocol
