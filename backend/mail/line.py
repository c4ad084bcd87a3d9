"""The line to the mail host, driven step by step, so that the phase is known when it breaks (mail.md, 6 to 8)."""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

CONNECT_WITHIN = 10.0
COMMAND_WITHIN = 30.0
ACCEPT_WITHIN = 120.0
"""Seconds that the host may take over the final dot."""


class HostFault(Exception):
    """The host does not serve us now: the mail is not to blame."""


class NotNow(Exception):
    """The host asks to come back later with this mail."""


class RecipientRefused(Exception):
    """The host will never take mail for this recipient."""


class MessageRefused(Exception):
    """The host will never take this message."""


class InDoubt(Exception):
    """The line broke when the message may have been accepted."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where mails go, as ``SMTP_URL`` says: smtp:// upgrades when the host offers, smtps:// is TLS from the start."""

    name: str
    port: int
    username: str | None
    password: str | None
    tls_from_start: bool
    tls_demanded: bool

    @classmethod
    def of(cls, url: str, *, tls_demanded: bool) -> "Host":
        """The host of a URL. Raises: ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://user:password@host:port")
        secure = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            parts.port or (465 if secure else 587),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            secure,
            tls_demanded,
        )


class Line:
    """One connection to the host, used for many mails, opened when the first needs it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._client: aiosmtplib.SMTP | None = None

    async def address(self, sender: str, recipient: str) -> None:
        """Say who writes to whom. Raises: HostFault, NotNow, RecipientRefused; nothing was accepted."""
        client = await self._connected()
        try:
            await client.mail(sender, timeout=COMMAND_WITHIN)
            await client.rcpt(recipient, timeout=COMMAND_WITHIN)
        except SMTPRecipientRefused as refusal:
            await self.start_over()
            # A full mailbox is often called permanent; it is emptied one day.
            if _is_temporary(refusal) or refusal.code == 552 or "5.2.2" in refusal.message:
                raise NotNow(_reply(refusal)) from refusal
            raise RecipientRefused(_reply(refusal)) from refusal
        except (SMTPException, OSError) as fault:
            await self.close()
            raise _before_the_mark(fault) from fault

    async def send(self, message: bytes) -> str:
        """Hand the message over. Returns the host's reply. Raises: NotNow, MessageRefused, InDoubt."""
        assert self._client is not None
        try:
            reply = await self._client.data(message, timeout=ACCEPT_WITHIN)
        except SMTPDataError as refusal:
            if not 400 <= refusal.code < 600:
                await self.close()
                raise InDoubt(_reply(refusal)) from refusal
            await self.start_over()
            raise (NotNow if _is_temporary(refusal) else MessageRefused)(_reply(refusal)) from refusal
        except (SMTPException, OSError) as fault:
            await self.close()
            raise InDoubt(str(fault)) from fault
        return f"{reply.code} {reply.message}"

    async def start_over(self) -> None:
        """Forget the mail at hand and keep the line, if the host agrees."""
        if self._client is not None:
            try:
                await self._client.rset(timeout=COMMAND_WITHIN)
            except (SMTPException, OSError):
                await self.close()

    async def close(self) -> None:
        """Hang up."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(SMTPException, OSError):
                await client.quit(timeout=1)
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        host = self._host
        client = aiosmtplib.SMTP(
            hostname=host.name,
            port=host.port,
            username=host.username,
            password=host.password,
            timeout=CONNECT_WITHIN,
            use_tls=host.tls_from_start,
            # None upgrades when the host offers it.
            start_tls=False if host.tls_from_start else (True if host.tls_demanded else None),
            tls_context=ssl.create_default_context(),
        )
        try:
            await client.connect()
        except (SMTPException, OSError) as fault:
            client.close()
            raise HostFault(str(fault)) from fault
        self._client = client
        return client


def _before_the_mark(fault: Exception) -> Exception:
    if isinstance(fault, SMTPResponseException) and not _is_temporary(fault):
        return HostFault(_reply(fault))
    if isinstance(fault, SMTPServerDisconnected | SMTPTimeoutError | OSError):
        return HostFault(str(fault))
    return NotNow(str(fault))


def _is_temporary(refusal: SMTPResponseException | SMTPRecipientRefused) -> bool:
    return 400 <= refusal.code < 500


def _reply(refusal: SMTPResponseException | SMTPRecipientRefused) -> str:
    return f"{refusal.code} {refusal.message}"
