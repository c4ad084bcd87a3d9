"""The library's SMTP client, on a connection that says which bytes the system has not taken yet."""

import asyncio
from typing import cast

import aiosmtplib
from aiosmtplib import SMTPResponse
from aiosmtplib.errors import SMTPConnectResponseError, SMTPConnectTimeoutError, SMTPServerDisconnected
from aiosmtplib.protocol import SMTPProtocol

READY = 220


class Client(aiosmtplib.SMTP):
    """Connects in the clear and puts TLS over that, so that the transport below TLS can be asked too.

    aiosmtplib's own connection has only the transport of TLS, which does not count what the one below it holds. With
    that alone (aiosmtplib 5.1.3, asyncio and uvloop, STARTTLS and TLS from the start) a message that the system had
    taken in part counted as handed over, and after a lost connection would have been in doubt instead of sent again:
    tests/faults/test_mail_bytes.py. In the clear it would do.
    """

    _below: asyncio.WriteTransport | None = None

    @property
    def unsent(self) -> int:
        """Bytes that were written and that the system has not taken; none of them matter when the line is lost."""
        if self._below is None or self.protocol is None or not self.protocol.is_connected:
            return 0
        above = cast(asyncio.WriteTransport, self.protocol.transport)
        # A transport of TLS counts what it holds itself, and not what the one below it does.
        layers = {above, self._below}
        return sum(layer.get_write_buffer_size() for layer in layers)

    def write(self, content: bytes) -> None:
        """Write, without a word of SMTP. Raises: SMTPServerDisconnected."""
        if self.protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        self.protocol.write(content)

    async def flush(self) -> None:
        """Wait until the system has taken all that was written, or the line is lost."""
        if self.unsent:
            # uvloop writes at the end of a turn.
            await asyncio.sleep(0)
        while self.unsent:  # noqa: ASYNC110 - a transport has no event for this
            await asyncio.sleep(0.01)

    def hang_up(self) -> None:
        """End the connection at once; what a host does not read would hold it open."""
        if self.unsent and self._below is not None:
            self._below.abort()
        self.close()

    async def _create_connection(self, timeout: float | None) -> SMTPResponse:  # noqa: ASYNC109 - the library's form
        """Connect and hear the greeting. Raises: OSError, SMTPException."""
        try:
            async with asyncio.timeout(timeout):
                greeting = await self._greeting()
        except TimeoutError as fault:
            raise SMTPConnectTimeoutError(f"no connection, or no greeting, within {timeout} s") from fault
        if greeting.code != READY:
            raise SMTPConnectResponseError(greeting.code, greeting.message)
        return greeting

    async def _greeting(self) -> SMTPResponse:
        assert self.hostname is not None
        assert self.port is not None
        loop = asyncio.get_running_loop()
        protocol = SMTPProtocol(loop=loop, connection_lost_callback=self._on_connection_lost)
        below, _ = await loop.create_connection(lambda: protocol, self.hostname, self.port)
        self.protocol, self.transport, self._below = protocol, below, below
        if self.use_tls:
            context = await self._get_tls_context()
            above = await loop.start_tls(below, protocol, context, server_hostname=self.hostname)
            if above is None:
                raise ConnectionResetError("the host has ended it")
            self.transport = protocol.transport = above
        return await protocol.read_response()
