"""Mails by the product, ledger and all, beside a bare loop that only hands them over.

The bare loop reads, writes and records nothing: it sends one message again and again, as long as a reminder, over as
many connections. A second loop inserts and commits one row for each mail that was taken, the least that a sender does
who is to know tomorrow what went out. The mail host takes whatever comes; it runs in the same process, so its work is
in all figures.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from unittest.mock import patch

import aiosmtplib
import asyncpg
from aiosmtpd.smtp import SMTP

from backend import clock
from backend.embedded.databases import plain
from backend.mail import rendering, sending
from backend.mail.host import Host
from backend.mail.line import Line
from backend.mail.together import Together
from backend.settings import settings
from backend.storage.database import database, fetch
from backend.storage.pool import OF_JOBS
from bench.stand import Stand
from bench.work import settings_of, timed

LEDGER = "CREATE TABLE bare_ledger (id bigserial PRIMARY KEY, recipient text, reply text, at timestamptz)"

RECORD = "INSERT INTO bare_ledger (recipient, reply, at) VALUES ($1, $2, now())"

KEEP = "DELETE FROM mail WHERE id NOT IN (SELECT id FROM mail WHERE state = 'WAITING' ORDER BY id LIMIT $1)"


@dataclass(frozen=True, slots=True)
class Posting:
    """Mails a second, and how the product's mails spend their time, from the claim to the record of their outcome."""

    product: float
    bare: float
    recording: float
    """By the loop that records each mail."""
    rendering: float
    statements: float
    smtp: float
    """Shares of one; waiting for a statement or the host includes waiting for the other mails that are in flight."""


async def mails(stand: Stand, accounts: int, count: int) -> Posting:
    """Send what a day's plan has found; the bare loop comes before and after, so that both meet the same machine."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(_Taker(), loop=loop), "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    spent: dict[str, float] = defaultdict(float)
    with settings_of(stand, accounts, SMTP_URL=f"smtp://127.0.0.1:{port}") as url:
        async with database(url, OF_JOBS):
            await fetch(KEEP, count)
            await fetch(LEDGER)
            ledger = plain(url)
            before, _ = await timed(lambda: _bare_mails(port, count // 2))
            recorded_before, _ = await timed(lambda: _bare_mails(port, count // 2, ledger))
            with clock.set_to(clock.now() + timedelta(days=80)), _parts_of_a_mail(spent):
                sender = sending.Sender(Host.of(settings().smtp_url, tls_demanded=False))
                seconds, sent = await timed(sender.send_due)
    recorded_after, _ = await timed(lambda: _bare_mails(port, count // 2, ledger))
    after, _ = await timed(lambda: _bare_mails(port, count // 2))
    server.close()
    whole = sum(spent.values())
    return Posting(
        sent / seconds,
        count // 2 * 2 / (before + after),
        count // 2 * 2 / (recorded_before + recorded_after),
        spent["rendering"] / whole,
        spent["statements"] / whole,
        spent["smtp"] / whole,
    )


@contextmanager
def _parts_of_a_mail(spent: dict[str, float]) -> Iterator[None]:
    """Add up the seconds that mails in hand spend on their parts, for as long as the block runs."""

    def waited(part: str, step: Callable[..., Any]) -> Callable[..., Any]:
        async def measured(*values: Any) -> Any:
            began = time.perf_counter()
            try:
                return await step(*values)
            finally:
                spent[part] += time.perf_counter() - began

        return measured

    def rendered(*values: Any) -> Any:
        began = time.perf_counter()
        written = write(*values)
        spent["rendering"] += time.perf_counter() - began
        return written

    write = rendering.write
    with ExitStack() as patched:
        patched.enter_context(patch.object(sending, "write", rendered))
        patched.enter_context(patch.object(Together, "ask", waited("statements", Together.ask)))
        for step in ("address", "begin", "finish"):
            patched.enter_context(patch.object(Line, step, waited("smtp", getattr(Line, step))))
        yield


class _Taker:
    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 OK"


async def _bare_mails(port: int, count: int, ledger: str | None = None) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@platform.example", "b@bench.example", "A reminder"
    message.set_content("x" * 2000)
    message.add_alternative("y" * 6000, subtype="html")
    left = [message] * count

    async def send() -> None:
        database = await asyncpg.connect(ledger) if ledger else None
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
            while left:
                _, reply = await client.send_message(left.pop())
                if database:
                    await database.execute(RECORD, message["To"], reply)
        if database:
            await database.close()

    await asyncio.gather(*(send() for _ in range(sending.AT_ONCE)))
