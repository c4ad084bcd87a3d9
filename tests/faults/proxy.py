"""A TCP proxy that can reset, freeze, slow down or refuse connections."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class Proxy:
    """Forwards connections to one server; its faults can be changed while connections are open."""

    target: int | Path
    """Port on 127.0.0.1, or path of a unix socket."""
    port: int = 0
    refuses_connections: bool = False
    """New connections are reset."""
    frozen: bool = False
    """Bytes of both directions are read and not forwarded."""
    reset_after: int | None = None
    """Each connection is reset once its client has sent so many bytes."""
    bytes_per_second: int | None = None
    connections: int = 0
    """Number of connections that were opened so far."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _thawed: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Reset all open connections."""
        for writer in list(self._writers):
            _reset(writer)

    def thaw(self) -> None:
        """Forward again, beginning with what was read while frozen."""
        self.frozen = False
        self._thawed.set()

    def freeze(self) -> None:
        """Forward nothing until ``thaw``."""
        self.frozen = True
        self._thawed.clear()

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection."""
        self.connections += 1
        if self.refuses_connections:
            _reset(writer)
            return
        try:
            upstream, upstream_writer = await self._connect()
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, upstream_writer}
        try:
            await asyncio.gather(
                self._pump(reader, upstream_writer, writer, limit=True),
                self._pump(upstream, writer, upstream_writer, limit=False),
            )
        finally:
            self._writers -= {writer, upstream_writer}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection("127.0.0.1", self.target)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, other: asyncio.StreamWriter, *, limit: bool
    ) -> None:
        forwarded = 0
        with suppress(ConnectionError):
            while data := await source.read(4096):
                if self.frozen:
                    await self._thawed.wait()
                if limit and self.reset_after is not None and forwarded + len(data) > self.reset_after:
                    sink.write(data[: self.reset_after - forwarded])
                    await sink.drain()
                    _reset(sink)
                    _reset(other)
                    return
                forwarded += len(data)
                if self.bytes_per_second:
                    await asyncio.sleep(len(data) / self.bytes_per_second)
                sink.write(data)
                await sink.drain()
        sink.close()


@asynccontextmanager
async def proxy_before(target: int | Path) -> AsyncIterator[Proxy]:
    """A proxy in front of a local server, for as long as the block runs."""
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.forward, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and not writer.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    writer.transport.abort()
