"""One connection of a client: what it must send by when, how much of it, and how many there may be of it.

uvicorn waits for ever for clients that send nothing, or a byte now and then; this does not.
"""

import asyncio
import resource
from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from backend.network_addresses import counted_as
from backend.settings import settings
from backend.web.drain import drain

MAX_HEAD_BYTES = 16 * 1024
"""Bytes of a request's line and headers."""

LAST_REQUEST_TIMEOUT_S = 1.0
"""Seconds in which the head of a request must come on a connection that was new when the server began to end."""

FILES_FOR_OTHERS = 64
"""Open files that are kept for the database, the queue server and logs."""

TOO_SLOW, HEAD_TOO_LARGE, CROWDED = (
    b"HTTP/1.1 %s\r\ncontent-length: 0\r\n%sconnection: close\r\n\r\n" % reply
    for reply in (
        (b"408 Request Timeout", b""),
        (b"431 Request Header Fields Too Large", b""),
        (b"503 Service Unavailable", b"retry-after: 2\r\n"),
    )
)


class HttpConnection(HttpToolsProtocol):
    """A connection over HTTP, until it becomes a websocket."""

    _deadline: TimerHandle | None = None
    _reading: TimerHandle | None = None
    _in_head = True
    _sent = 0
    """Bytes that came while no head was complete."""
    _head = 0
    """Bytes of the line and the headers at hand."""
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come; one too many is told so."""
        super().connection_made(transport)
        if self._is_crowded():
            self._refuse(CROWDED)
        else:
            self._expect(settings().head_within)

    def data_received(self, data: bytes) -> None:
        """More of a request, or of several."""
        if self._refused:
            return
        if self._in_head:
            self._sent += len(data)
            if self._deadline is None:
                self._expect(settings().head_within)
        super().data_received(data)
        if self._in_head and self._sent > MAX_HEAD_BYTES:
            self._refuse(HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        """The first byte of a request's line."""
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Some of the line."""
        self._head += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, as a whole."""
        self._head += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there: the application starts."""
        self._in_head, self._sent = False, 0
        if self._head > MAX_HEAD_BYTES:
            self._refuse(HEAD_TOO_LARGE)
        if not self._refused:
            self._expect(settings().body_within)
            super().on_headers_complete()
            if drain.has_begun:
                self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is there."""
        self._in_head = True
        self._expect(None)
        if not self._refused:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on another protocol watches over it."""
        self._expect(None)
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """The client does not take what is there for it."""
        super().pause_writing()
        self._reading = self.loop.call_later(settings().read_within, self.transport.abort)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def shutdown(self) -> None:
        """The server ends: what is under way is finished, and what a client may have sent already is waited for."""
        if self.cycle is None or self._sent > 0:
            self._expect(LAST_REQUEST_TIMEOUT_S)
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._expect(None)
        super().connection_lost(exc)

    def _expect(self, within: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if within is None else self.loop.call_later(within, self._too_slow)

    def _too_slow(self) -> None:
        # To a client that never began there is nothing to say.
        began = self._sent > 0 or not self._in_head
        answered = not self._in_head and self.cycle.response_started
        self._refuse(TOO_SLOW if began and not answered else b"")

    def _refuse(self, reply: bytes) -> None:
        self._refused = True
        self._expect(None)
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if reply and not self.transport.is_closing():
            self.transport.write(reply)
        self.transport.close()

    def _is_crowded(self) -> bool:
        if len(self.connections) > connections_at_once():
            return True
        if settings().trusted_proxies or self.client is None:
            return False
        network = _network_of(self)
        return sum(_network_of(other) == network for other in self.connections) > settings().connections_per_address


def connections_at_once() -> int:
    """How many sockets this process takes: as many as are set, or as its limit of open files leaves room for."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(settings().connections_at_once, max(1, files - FILES_FOR_OTHERS))


def raise_file_limit() -> None:
    """Let this process open as many files as it is allowed to."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _network_of(connection: Any) -> str | None:
    client = getattr(connection, "client", None)
    return counted_as(client[0]) if client else None


class Websocket(WebSocketsSansIOProtocol):
    """uvicorn's websocket; whoever leaves a ping without an answer is cut off at once."""

    def keepalive_timeout(self) -> None:
        """No pong came: what still waits to be read would never be, so nothing waits for it to be."""
        super().keepalive_timeout()
        self.transport.abort()
