"""The demo's mailbox: an SMTP server that keeps what it receives as files and delivers nothing."""

import asyncio
import email
import email.policy
import errno
import itertools
import os
import random
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Literal

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from backend.embedded.part import Part
from backend.private_files import FILE_MODE, empty_private_file, private_folder

MAX_MESSAGE_BYTES = 5_000_000

PORTS_OF_SERVERS = range(15_000, 32_000)
"""Below those that Linux (32768) and others (49152) give to the clients' ends of connections."""

NAME = re.compile(r"(\d{20})-\d+-\d+\.eml", re.ASCII)
"""When a message was received, in nanoseconds, and what tells it from others of the same instant."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A message in the mailbox; ``name`` is its file's, newest names sort last."""

    name: str
    at: datetime
    source: bytes
    message: EmailMessage

    def part(self, kind: Literal["plain", "html"]) -> str:
        """The text of one form of the body; empty where there is none."""
        body = self.message.get_body((kind,))
        if body is None:
            return ""
        try:
            return str(body.get_content())
        except (LookupError, ValueError):  # a charset that nobody knows
            return _bytes_of(body).decode(errors="replace")

    @property
    def attachments(self) -> list[Attachment]:
        """The attached files."""
        return [
            Attachment(part.get_filename() or part.get_content_type(), _bytes_of(part))
            for part in self.message.iter_attachments()
        ]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of received messages."""

    folder: Path

    def keep(self, content: bytes) -> None:
        """Store a message; it appears whole or not at all."""
        private_folder(self.folder)
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(_counter)}.eml"
        scratch = self.folder / f"{name}.part"
        empty_private_file(scratch).write_bytes(content)
        scratch.rename(self.folder / name)

    def close_to_others(self) -> None:
        """Take the folder and every message in it from other users."""
        for message in private_folder(self.folder).iterdir():
            message.chmod(FILE_MODE)

    def newest(self, query: str = "", limit: int = 200) -> list[Received]:
        """The newest messages whose subject, sender or recipient contains the query."""
        found = (message for message in self._newest_first() if _mentions(message.message, query))
        return list(itertools.islice(found, limit))

    def read(self, name: str) -> Received | None:
        """One message; None where there is none of that name."""
        named = NAME.fullmatch(name)
        if named is None or not (self.folder / name).is_file():
            return None
        source = (self.folder / name).read_bytes()
        message = email.message_from_bytes(source, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return Received(name, datetime.fromtimestamp(int(named[1]) / 1e9, UTC), source, message)

    def _newest_first(self) -> Iterator[Received]:
        for path in sorted(self.folder.glob("*.eml"), reverse=True):
            message = self.read(path.name)
            if message:
                yield message


class KeepsAll:
    """What the SMTP server does with a message."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        """Keep it; called by aiosmtpd."""
        assert isinstance(envelope.content, bytes)
        await asyncio.to_thread(self.mailbox.keep, envelope.content)
        return "250 OK: kept"


@dataclass(frozen=True, slots=True)
class MailboxServer:
    """The mailbox as a part of the demo, on a port of this machine."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """How to send to it."""
        return f"smtp://127.0.0.1:{self.port}"

    def part(self) -> Part:
        """The server as the supervisor runs it."""
        return Part(
            name="mailbox",
            command=(sys.executable, "-m", "backend.embedded.mailbox", str(self.folder), str(self.port)),
            is_ready=self._answers,
        )

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


def free_port() -> int:
    """A port of this machine that nothing listens on, and that no system gives to a client's end of a connection.

    One that is given so can connect to itself while its server has not begun to listen, which then cannot.

    Raises: OSError, when none is found.
    """
    for port in random.sample(PORTS_OF_SERVERS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, "no port is free")


async def receive(folder: Path, port: int) -> None:
    """Receive until a signal."""
    loop = asyncio.get_running_loop()
    mailbox = Mailbox(folder)
    mailbox.close_to_others()
    handler = KeepsAll(mailbox)
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=MAX_MESSAGE_BYTES, enable_SMTPUTF8=True), "127.0.0.1", port
    )
    stopped = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stopped.set)
    await stopped.wait()
    server.close()


def _mentions(message: EmailMessage, query: str) -> bool:
    heads = (str(message.get(name, "")) for name in ("subject", "from", "to"))
    return query.casefold() in " ".join(heads).casefold()


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else part.as_bytes()


_counter = itertools.count()

if __name__ == "__main__":
    asyncio.run(receive(Path(sys.argv[1]), int(sys.argv[2])))
