"""An SMTP host with scripted faults. Each message that it accepts is in its journal on disk before it replies."""

import asyncio
import os
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

GREETING_FAULTS = {"no_greeting", "reset_greeting", "greeting_554", "greeting_421", "ehlo_hangs", "ehlo_drops"}
"""Faults of a connection; all other faults are of a message."""

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.MULTILINE | re.IGNORECASE)

REFUSALS = {
    "mail_421": ("MAIL", "421 4.3.2 shutting down"),
    "mail_421_in_bytes": ("MAIL", "421 4.3.2 \0 \xe9t\xe9"),
    "mail_451": ("MAIL", "451 4.3.0 try again"),
    "mail_550": ("MAIL", "550 5.7.1 not from you"),
    "rcpt_421": ("RCPT", "421 4.7.0 too many"),
    "rcpt_450": ("RCPT", "450 4.2.1 busy"),
    "rcpt_450_in_bytes": ("RCPT", "450 4.2.1 \0 \xe9t\xe9"),
    "rcpt_greylist": ("RCPT", "450 4.2.0 Greylisted"),
    "rcpt_wait": ("RCPT", "451 4.7.0 try again in 20 minutes"),
    "rcpt_550": ("RCPT", "550 5.1.1 no such user"),
    "rcpt_552": ("RCPT", "552 5.2.2 mailbox full"),
    "rcpt_garbage": ("RCPT", "what?"),
    "data_451": ("DATA", "451 4.3.0 no room"),
    "data_451_in_bytes": ("DATA", "451 4.3.0 \0 \xe9t\xe9"),
    "data_554": ("DATA", "554 5.7.1 no"),
    "dot_421": (".", "421 4.3.2 shutting down"),
    "dot_452": (".", "452 4.3.1 no room"),
    "dot_452_in_bytes": (".", "452 4.3.1 \0 \xe9t\xe9"),
    "dot_554": (".", "554 5.7.1 spam"),
}
"""By fault: the command that is refused and its reply; no message is accepted."""


@dataclass
class FaultyHost:
    """Applies the faults of its script one by one, each to one connection or message; without script it has none."""

    journal: Path
    script: deque[str] = field(default_factory=deque)
    max_connections: int = 1000
    delay_s: float = 0
    """Before the reply to each command and to each message."""
    delayed: int = 0
    """Number of connections that are waiting for that delay."""
    delays: int = 0
    """Number of delays that have begun."""
    port: int = 0
    senders: list[str] = field(default_factory=list)
    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    """Recipient and bytes of each message that was accepted."""
    _open: int = 0

    @property
    def url(self) -> str:
        """Its SMTP URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def copies(self) -> Counter[str]:
        """Number of accepted copies by Message-ID, as the journal has them."""
        return Counter(self.journal.read_text().split()) if self.journal.exists() else Counter()

    def accept(self, recipient: str, content: bytes) -> None:
        """Append the Message-ID to the journal and sync it, before the reply."""
        named = MESSAGE_ID.search(content)
        assert named is not None
        descriptor = os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, named[1] + b"\n")
        os.fsync(descriptor)
        os.close(descriptor)
        self.accepted.append((recipient, content))

    async def wait_delay(self) -> None:
        """Wait ``delay_s``."""
        if self.delay_s:
            self.delays += 1
            self.delayed += 1
            await asyncio.sleep(self.delay_s)
            self.delayed -= 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection."""
        self._open += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                await _Session(self, reader, writer).run(over_the_limit=self._open > self.max_connections)
        finally:
            self._open -= 1
            writer.close()


@asynccontextmanager
async def faulty_host(journal: Path, script: Iterable[str] = ()) -> AsyncIterator[FaultyHost]:
    """A host on a free port, for as long as the block runs."""
    host = FaultyHost(journal, deque(script))
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()


@dataclass
class _Session:
    host: FaultyHost
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    fault: str = ""
    recipient: str = ""

    async def run(self, *, over_the_limit: bool) -> None:
        script = self.host.script
        greeting = script.popleft() if script and script[0] in GREETING_FAULTS else ""
        if over_the_limit:
            self.reply("421 4.7.0 too many connections")
        elif greeting == "no_greeting":
            await self.hang()
        elif greeting == "reset_greeting":
            self.reset()
        elif greeting in {"greeting_554", "greeting_421"}:
            self.reply(f"{greeting[-3:]} no service")
        else:
            self.reply("220 host ready")
            await self.commands(greeting)

    async def commands(self, greeting: str) -> None:
        while line := (await self.reader.readline()).decode():
            await self.host.wait_delay()
            verb = line[:4].upper()
            match verb:
                case "EHLO" if greeting == "ehlo_hangs":
                    await self.hang()
                case "EHLO" if greeting == "ehlo_drops":
                    return
                case "MAIL":
                    await self.mail(line)
                case "RCPT":
                    self.recipient = line.partition("<")[2].partition(">")[0]
                    await self.reply_or_fail("RCPT", "250 ok")
                case "DATA":
                    await self.data()
                case "QUIT" if self.fault == "quit_hangs":
                    await self.hang()
                case "QUIT":
                    self.reply("221 bye")
                    return
                case _:
                    self.reply("250 ok")
            if self.writer.is_closing():
                return

    async def mail(self, line: str) -> None:
        script = self.host.script
        self.fault = script.popleft() if script and script[0] not in GREETING_FAULTS else ""
        self.host.senders.append(line.partition("<")[2].partition(">")[0])
        await self.reply_or_fail("MAIL", "250 ok")

    async def reply_or_fail(self, verb: str, yes: str) -> None:
        """Reply with success, or as the fault has it for this command."""
        where, text = REFUSALS.get(self.fault, ("", ""))
        if where == verb:
            self.reply(text)
            if text.startswith("421"):
                self.writer.close()
        elif self.fault == f"{verb.lower()}_drops":
            self.writer.close()
        elif self.fault == f"{verb.lower()}_hangs":
            await self.hang()
        else:
            self.reply(yes)

    async def data(self) -> None:
        if self.fault in {"body_drops", "body_resets", "body_hangs"}:
            self.reply("354 go on")
            await self.reader.readexactly(100)
            await self.break_off()
            return
        await self.reply_or_fail("DATA", "354 go on")
        if self.fault.startswith("data_"):
            return
        content = await self.reader.readuntil(b"\r\n.\r\n")
        await self.host.wait_delay()
        if REFUSALS.get(self.fault, ("", ""))[0] == ".":
            await self.reply_or_fail(".", "")
            return
        self.host.accept(self.recipient, content[:-3])
        await self.reply_to_message()

    async def reply_to_message(self) -> None:
        match self.fault:
            case "dot_drops" | "dot_resets" | "dot_hangs":
                await self.break_off()
            case "dot_half":
                self.writer.write(b"25")
                await self.hang()
            case "dot_ok_in_bytes":
                self.reply("250 taken \0 \xe9t\xe9")
            case "dot_garbage":
                self.reply("what?")
            case "dot_ok_then_reset":
                self.reply("250 taken")
                await self.writer.drain()
                self.reset()
            case _:
                self.reply("250 taken")

    async def break_off(self) -> None:
        if self.fault.endswith("_hangs"):
            await self.hang()
        elif self.fault.endswith("_resets"):
            self.reset()
        else:
            self.writer.close()

    def reply(self, text: str) -> None:
        self.writer.write(text.encode("latin-1") + b"\r\n")

    def reset(self) -> None:
        self.writer.transport.abort()

    async def hang(self) -> None:
        """Reply nothing until the client closes the connection."""
        while await self.reader.read(65_536):
            pass
        self.writer.close()
