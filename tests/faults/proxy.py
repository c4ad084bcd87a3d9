"""A TCP proxy that breaks lines: cut, frozen, slow, closed to new ones, or reset after so many bytes."""

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
    """Stands before one server; what it does to lines may change while they are open."""

    target: int | Path
    """Its port on this machine, or its unix socket."""
    port: int = 0
    refuses: bool = False
    """New lines are reset."""
    frozen: bool = False
    """Bytes are taken and kept back, in both directions."""
    reset_after: int | None = None
    """Each line is reset when its client has sent so many bytes."""
    bytes_per_second: int | None = None
    lines: int = 0
    """How many were opened so far."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _thawed: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Reset all open lines."""
        for writer in list(self._writers):
            _reset(writer)

    def thaw(self) -> None:
        """Hand on what was kept back."""
        self.frozen = False
        self._thawed.set()

    def freeze(self) -> None:
        """Keep everything back from now on."""
        self.frozen = True
        self._thawed.clear()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One line."""
        self.lines += 1
        if self.refuses:
            _reset(writer)
            return
        try:
            upstream, onward = await self._reach()
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, onward}
        try:
            await asyncio.gather(
                self._pump(reader, onward, writer, limit=True), self._pump(upstream, writer, onward, limit=False)
            )
        finally:
            self._writers -= {writer, onward}

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection("127.0.0.1", self.target)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, other: asyncio.StreamWriter, *, limit: bool
    ) -> None:
        seen = 0
        with suppress(ConnectionError):
            while data := await source.read(4096):
                if self.frozen:
                    await self._thawed.wait()
                if limit and self.reset_after is not None and seen + len(data) > self.reset_after:
                    sink.write(data[: self.reset_after - seen])
                    await sink.drain()
                    _reset(sink)
                    _reset(other)
                    return
                seen += len(data)
                if self.bytes_per_second:
                    await asyncio.sleep(len(data) / self.bytes_per_second)
                sink.write(data)
                await sink.drain()
        sink.close()


@asynccontextmanager
async def proxy_before(target: int | Path) -> AsyncIterator[Proxy]:
    """A proxy before a server of this machine, for as long as the block runs."""
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.carry, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()


def _reset(writer: asyncio.StreamWriter) -> None:
    line = writer.get_extra_info("socket")
    if line is not None and not writer.is_closing():
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    writer.transport.abort()
