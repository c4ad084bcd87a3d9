"""A mail host that errs on command. It is the judge: what it accepts is on disk before it answers."""

import asyncio
import os
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

GREETING = {"no_greeting", "reset_greeting", "greeting_554", "greeting_421", "ehlo_hangs", "ehlo_drops"}
"""Faults of a connection; all others are of a message."""

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
"""What is said instead of yes, and to which command; nothing is accepted."""


@dataclass
class FaultyHost:
    """Takes the faults of its script one by one, each for one connection or one message; without any it is well."""

    journal: Path
    script: deque[str] = field(default_factory=deque)
    most_lines: int = 1000
    thinks_for: float = 0
    """Seconds that it takes over each command, and over each message."""
    thinking: int = 0
    """How many of its connections wait for that."""
    thoughts: int = 0
    """How often one has begun to."""
    port: int = 0
    senders: list[str] = field(default_factory=list)
    subjects: list[tuple[str, bytes]] = field(default_factory=list)
    """Recipient and bytes of each message that was accepted."""
    _open: int = 0

    @property
    def url(self) -> str:
        """How to send to it."""
        return f"smtp://127.0.0.1:{self.port}"

    def copies(self) -> Counter[str]:
        """How often each Message-ID was accepted, by the journal."""
        return Counter(self.journal.read_text().split()) if self.journal.exists() else Counter()

    def accept(self, recipient: str, content: bytes) -> None:
        """Write it down, for good, before anything is said."""
        named = MESSAGE_ID.search(content)
        assert named is not None
        descriptor = os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, named[1] + b"\n")
        os.fsync(descriptor)
        os.close(descriptor)
        self.subjects.append((recipient, content))

    async def think(self) -> None:
        """Take its time."""
        if self.thinks_for:
            self.thoughts += 1
            self.thinking += 1
            await asyncio.sleep(self.thinks_for)
            self.thinking -= 1

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._open += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                await _Talk(self, reader, writer).run(crowded=self._open > self.most_lines)
        finally:
            self._open -= 1
            writer.close()


@asynccontextmanager
async def faulty_host(journal: Path, script: Iterable[str] = ()) -> AsyncIterator[FaultyHost]:
    """A host on a port of its own, for as long as the block runs."""
    host = FaultyHost(journal, deque(script))
    server = await asyncio.start_server(host.talk, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()


@dataclass
class _Talk:
    host: FaultyHost
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    fault: str = ""
    recipient: str = ""

    async def run(self, *, crowded: bool) -> None:
        script = self.host.script
        greeting = script.popleft() if script and script[0] in GREETING else ""
        if crowded:
            self.say("421 4.7.0 too many connections")
        elif greeting == "no_greeting":
            await self.hang()
        elif greeting == "reset_greeting":
            self.reset()
        elif greeting in {"greeting_554", "greeting_421"}:
            self.say(f"{greeting[-3:]} no service")
        else:
            self.say("220 host ready")
            await self.commands(greeting)

    async def commands(self, greeting: str) -> None:
        while line := (await self.reader.readline()).decode():
            await self.host.think()
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
                    await self.answer("RCPT", "250 ok")
                case "DATA":
                    await self.data()
                case "QUIT" if self.fault == "quit_hangs":
                    await self.hang()
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")
            if self.writer.is_closing():
                return

    async def mail(self, line: str) -> None:
        script = self.host.script
        self.fault = script.popleft() if script and script[0] not in GREETING else ""
        self.host.senders.append(line.partition("<")[2].partition(">")[0])
        await self.answer("MAIL", "250 ok")

    async def answer(self, verb: str, yes: str) -> None:
        """Say yes, or what the fault has for this command."""
        where, words = REFUSALS.get(self.fault, ("", ""))
        if where == verb:
            self.say(words)
            if words.startswith("421"):
                self.writer.close()
        elif self.fault == f"{verb.lower()}_drops":
            self.writer.close()
        elif self.fault == f"{verb.lower()}_hangs":
            await self.hang()
        else:
            self.say(yes)

    async def data(self) -> None:
        if self.fault in {"body_drops", "body_resets", "body_hangs"}:
            self.say("354 go on")
            await self.reader.readexactly(100)
            await self.break_off()
            return
        await self.answer("DATA", "354 go on")
        if self.fault.startswith("data_"):
            return
        content = await self.reader.readuntil(b"\r\n.\r\n")
        await self.host.think()
        if REFUSALS.get(self.fault, ("", ""))[0] == ".":
            await self.answer(".", "")
            return
        self.host.accept(self.recipient, content[:-3])
        await self.answer_dot()

    async def answer_dot(self) -> None:
        match self.fault:
            case "dot_drops" | "dot_resets" | "dot_hangs":
                await self.break_off()
            case "dot_half":
                self.writer.write(b"25")
                await self.hang()
            case "dot_ok_in_bytes":
                self.say("250 taken \0 \xe9t\xe9")
            case "dot_garbage":
                self.say("what?")
            case "dot_ok_then_reset":
                self.say("250 taken")
                await self.writer.drain()
                self.reset()
            case _:
                self.say("250 taken")

    async def break_off(self) -> None:
        if self.fault.endswith("_hangs"):
            await self.hang()
        elif self.fault.endswith("_resets"):
            self.reset()
        else:
            self.writer.close()

    def say(self, words: str) -> None:
        self.writer.write(words.encode("latin-1") + b"\r\n")

    def reset(self) -> None:
        self.writer.transport.abort()

    async def hang(self) -> None:
        """Say nothing until the other side gives up."""
        while await self.reader.read(65_536):
            pass
        self.writer.close()
