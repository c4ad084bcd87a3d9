"""The SMTP server of the demo's mailbox: it keeps what it receives as files and delivers nothing."""

import asyncio
import errno
import random
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from backend.embedded.part import Part
from backend.web.mailbox import Mailbox

MAX_MESSAGE_BYTES = 5_000_000

PORTS_OF_SERVERS = range(15_000, 32_000)
"""Below those that Linux (32768) and others (49152) give to the clients' ends of connections."""


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


if __name__ == "__main__":
    asyncio.run(receive(Path(sys.argv[1]), int(sys.argv[2])))
