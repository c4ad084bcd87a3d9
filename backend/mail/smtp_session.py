"""A connection to the mail host, driven phase by phase, so that a break is judged (docs/mail.md, SMTP phases)."""

import asyncio
import ssl
from contextlib import suppress
from functools import cache

from aiosmtplib import SMTPResponse
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from aiosmtplib.protocol import normalize_message_line_endings

from backend.failpoints import failpoint
from backend.mail.client import Client
from backend.mail.smtp_replies import is_full_mailbox, is_temporary, legible
from backend.mail.smtp_url import Host

CONNECT_TIMEOUT_S = 10.0
"""Seconds, its greeting included."""

COMMAND_TIMEOUT_S = 30.0
"""Seconds; also of EHLO, STARTTLS and the name and password."""

ACCEPT_TIMEOUT_S = 120.0
"""Seconds that the host may take over the message, and again over its final dot."""

CHUNK_BYTES = 65_536

CRLF = b"\r\n"

BREAK_CHECKS = 3
"""Turns of the event loop in which a break that has arrived is noticed before anybody relies on the line."""


class HostFault(Exception):
    """The host does not serve us now: the mail is not to blame."""


class NotNow(Exception):
    """This mail was not accepted; another time it may be."""


class SenderRefused(Exception):
    """The host takes no mail from this sender."""


class RecipientRefused(Exception):
    """The host will never take mail for this recipient."""


class MessageRefused(Exception):
    """The host will never take this message."""


class InDoubt(Exception):
    """The line broke when the message may have been accepted."""


class SmtpSession:
    """One connection to the host, used for many mails, opened when the first needs it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._client: Client | None = None
        self.served = False
        """Whether the host has taken a sender over this connection."""
        self._begun = False
        """Whether a message is on the way, without its final dot: only hanging up takes it back."""

    async def envelope(self, sender: str, recipient: str) -> None:
        """Say who writes to whom; nothing is accepted yet.

        Raises: HostFault, NotNow, SenderRefused, RecipientRefused.
        """
        reused = self.served
        try:
            await self._say(sender, recipient)
        except (HostFault, NotNow):
            if not reused or self._client is not None:
                raise
            # A host may end a line between two mails; that says nothing about a fresh one.
            await self._say(sender, recipient)

    async def send_body(self, message: bytes) -> None:
        """Hand the message over, all but its final dot; without that, no host takes it.

        Raises: NotNow, MessageRefused.
        """
        client = await self._begin_data()
        try:
            await _write_all(client, _stuffed(message))
            for _ in range(BREAK_CHECKS):
                await asyncio.sleep(0)
            if not client.is_connected:
                raise ConnectionResetError("the host has ended it")
        except (SMTPException, OSError, TimeoutError) as fault:
            await self.close()
            raise NotNow(f"the line broke before the end of the message: {fault}") from fault

    async def commit(self) -> str:
        """Say that the message is complete. Returns the host's reply. Raises: NotNow, MessageRefused, InDoubt."""
        assert self._client is not None
        protocol = self._client.protocol
        if protocol is None or not protocol.is_connected:
            await self.close()
            raise NotNow("the line broke before the end of the message")
        try:
            protocol.write(b".\r\n")
            # uvloop writes at the end of a turn. Who waits for that may miss the reply: reading begins at once.
            asyncio.get_running_loop().call_soon(failpoint, "after_dot")
            reply = await protocol.read_response(timeout=ACCEPT_TIMEOUT_S)
        except (SMTPException, OSError) as fault:
            await self.close()
            raise InDoubt(_reply(fault)) from fault
        self._begun = False
        return await self._judged(reply)

    async def start_over(self) -> None:
        """Forget the mail at hand and keep the line, if the host agrees."""
        if self._client is not None:
            try:
                await self._client.rset(timeout=COMMAND_TIMEOUT_S)
            except (SMTPException, OSError):
                await self.close()

    async def close(self) -> None:
        """Hang up."""
        client, begun = self._client, self._begun
        self._client, self.served, self._begun = None, False, False
        if client is not None:
            if not begun:
                with suppress(SMTPException, OSError):
                    await client.quit(timeout=1)
            client.hang_up()

    async def _say(self, sender: str, recipient: str) -> None:
        client = await self._connected()
        try:
            await client.mail(sender, timeout=COMMAND_TIMEOUT_S)
        except (SMTPException, OSError) as fault:
            await self._give_up_mail(fault)
        self.served = True
        try:
            await client.rcpt(recipient, timeout=COMMAND_TIMEOUT_S)
        except (SMTPException, OSError) as fault:
            await self._give_up_recipient(fault)

    async def _give_up_mail(self, fault: Exception) -> None:
        if not isinstance(fault, SMTPSenderRefused) or fault.code == 421 or not 400 <= fault.code < 600:
            await self.close()
            raise HostFault(_reply(fault)) from fault
        await self.start_over()
        raise (NotNow if is_temporary(fault.code) else SenderRefused)(_reply(fault)) from fault

    async def _give_up_recipient(self, fault: Exception) -> None:
        # A line that breaks here may break because of this very recipient: the others must not wait for them.
        if not isinstance(fault, SMTPRecipientRefused) or fault.code == 421:
            await self.close()
            raise NotNow(_reply(fault)) from fault
        await self.start_over()
        if is_temporary(fault.code) or is_full_mailbox(fault.code, fault.message) or fault.code < 500:
            raise NotNow(_reply(fault)) from fault
        raise RecipientRefused(_reply(fault)) from fault

    async def _begin_data(self) -> Client:
        client = self._client
        assert client is not None
        try:
            begun = await client.execute_command(b"DATA", timeout=COMMAND_TIMEOUT_S)
        except (SMTPException, OSError) as fault:
            await self.close()
            raise NotNow(_reply(fault)) from fault
        if begun.code != 354:
            await self.start_over()
            refused = MessageRefused if 500 <= begun.code < 600 else NotNow
            raise refused(legible(f"{begun.code} {begun.message}"))
        self._begun = True
        return client

    async def _judged(self, reply: SMTPResponse) -> str:
        """What the reply to the final dot says. Raises: NotNow, MessageRefused, InDoubt."""
        said = legible(f"{reply.code} {reply.message}")
        if 200 <= reply.code < 300:
            return said
        if not 400 <= reply.code < 600:
            await self.close()
            raise InDoubt(said)
        await (self.close() if reply.code == 421 else self.start_over())
        raise (NotNow if is_temporary(reply.code) else MessageRefused)(said)

    async def _connected(self) -> Client:
        if self._client is not None and self._client.is_connected:
            return self._client
        await self.close()
        host = self._host
        client = Client(
            hostname=host.name,
            port=host.port,
            username=host.username,
            password=host.password,
            timeout=COMMAND_TIMEOUT_S,
            use_tls=host.tls_from_start,
            # None upgrades when the host offers it.
            start_tls=False if host.tls_from_start else (True if host.tls_demanded else None),
            tls_context=_authorities(),
        )
        try:
            await client.connect(timeout=CONNECT_TIMEOUT_S)
        except SMTPAuthenticationError as fault:
            # Its words are not told: hosts repeat what they were sent.
            client.close()
            raise HostFault(f"{fault.code} it does not take our name and password") from None
        except (SMTPException, OSError) as fault:
            client.close()
            raise HostFault(_reply(fault)) from fault
        self._client = client
        return client


def _stuffed(message: bytes) -> bytes:
    """The message as a line carries it: its own lines never look like the end (RFC 5321, 4.5.2)."""
    ends = message.count(CRLF)
    if not message.endswith(CRLF) or message.count(b"\n") != ends or message.count(b"\r") != ends:
        message = normalize_message_line_endings(message)
    return (CRLF + message).replace(CRLF + b".", CRLF + b"..").removeprefix(CRLF)


@cache
def _authorities() -> ssl.SSLContext:
    # Reading the system's takes as long as ten mails, and each new line would.
    return ssl.create_default_context()


async def _write_all(client: Client, message: bytes) -> None:
    """Write the message, all of it into the system's hands, but for its final dot."""
    async with asyncio.timeout(ACCEPT_TIMEOUT_S):
        for start in range(0, len(message), CHUNK_BYTES):
            client.write(message[start : start + CHUNK_BYTES])
            failpoint("mid_data")
            await client.flush()


def _reply(fault: Exception) -> str:
    if isinstance(fault, SMTPResponseException | SMTPRecipientRefused):
        return legible(f"{fault.code} {fault.message}")
    return legible(str(fault)) or type(fault).__name__
