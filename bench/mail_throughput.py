"""Mails by the product, ledger and all, beside bare loops that only hand them over, on as many connections.

The loop of the goal sends one message again and again, of a reminder's own texts: it reads, looks at and records
nothing. Another one inserts and commits one row for each mail that was taken, the least that a sender does who is to
know tomorrow what went out; a third hands over bytes that were made beforehand, and is spared the library's work on a
message. The mail host takes whatever comes; it runs in the same process, so its work is in all figures. All share one
event loop of the kind that the worker runs on.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from unittest.mock import patch

import aiosmtplib
import asyncpg
from aiosmtpd.smtp import SMTP

from backend import clock
from backend.embedded.postgres import RUNTIME
from backend.mail import rendering, sending
from backend.mail.batching import Batcher
from backend.mail.lease import claim
from backend.mail.rendering import WrittenMail
from backend.mail.smtp_session import SmtpSession
from backend.mail.smtp_url import Host
from backend.settings import settings
from backend.storage.database import database, fetch
from backend.storage.tortoise_client import OF_JOBS
from bench.jobs import settings_of, timed
from bench.servers import Stand

LEDGER = f"""
CREATE TABLE bare_ledger (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, reply text, at timestamptz);
GRANT INSERT ON bare_ledger TO {RUNTIME}
"""

RECORD = "INSERT INTO bare_ledger (reply, at) VALUES ($1, now())"

OF_TODAY = "DELETE FROM mail WHERE state <> 'WAITING' OR due_at <= $1::timestamptz - interval '1 day'"

ALONE = "UPDATE mail SET digest = NULL WHERE recipient_id % 3 = 0"
"""A third of the people have their reminders one by one, as those have whose terms end on days of their own."""

LATER = "UPDATE mail SET next_at = 'infinity' WHERE digest IS NOT NULL"

NOW = "UPDATE mail SET next_at = due_at WHERE next_at = 'infinity'"

LEARN = "ANALYZE mail"
"""As autovacuum does within a minute."""

DUE = """
SELECT count(*) AS reminders, count(DISTINCT coalesce(digest, key)) AS mails
  FROM mail WHERE state = 'WAITING' AND next_at <= $1
"""


@dataclass(frozen=True, slots=True)
class Posting:
    """Mails a second, and how the product's mails spend their time, from the claim to the record of their outcome."""

    reminders: float
    """In one mail."""
    product: float
    bare: float
    recording: float
    """By the loop that records each mail."""
    finished: float
    """By the loop that hands over finished bytes."""
    rendering: float
    statements: float
    smtp: float
    """Shares of one; waiting for a statement or the host includes waiting for the other mails that are in flight."""


async def mails(stand: Stand, accounts: int) -> tuple[Posting, Posting]:
    """Send what a day's plan has found: one reminder in each mail, then all of a person's together."""
    await stand.prepare(accounts, LEDGER)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(_Taker(), loop=loop), "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    with (
        settings_of(stand, accounts, SMTP_URL=f"smtp://127.0.0.1:{port}") as url,
        clock.set_to(clock.now() + timedelta(days=80)),
    ):
        async with database(url, OF_JOBS):
            await fetch(OF_TODAY, clock.now())
            for prepare in (ALONE, LATER):
                await fetch(prepare)
            await stand.prepare(accounts, LEARN)
            alone = await _posting(port, url)
            await fetch(NOW)
            together = await _posting(port, url)
    server.close()
    return alone, together


async def _posting(port: int, ledger: str) -> Posting:
    """Send what is due; the bare loops come before and after, so that all meet the same machine."""
    (due,) = await fetch(DUE, clock.now())
    each = max(1, due["mails"] // 2)
    spent: dict[str, float] = defaultdict(float)
    loops = _bare_loops(port, await _a_reminder(), each, ledger)
    before = [(await timed(send))[0] for send in loops]
    with _parts_of_a_mail(spent):
        sender = sending.Sender(Host.of(settings().smtp_url, tls_demanded=False))
        seconds, sent = await timed(sender.send_due)
    after = [(await timed(send))[0] for send in reversed(loops)]
    whole = sum(spent.values())
    bare, recording, finished = (
        2 * each / (first + second) for first, second in zip(before, reversed(after), strict=True)
    )
    return Posting(
        due["reminders"] / due["mails"],
        sent / seconds,
        bare,
        recording,
        finished,
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
        patched.enter_context(patch.object(sending, write.__name__, rendered))
        patched.enter_context(patch.object(Batcher, Batcher.submit.__name__, waited("statements", Batcher.submit)))
        for step in (SmtpSession.envelope, SmtpSession.send_body, SmtpSession.commit):
            patched.enter_context(patch.object(SmtpSession, step.__name__, waited("smtp", step)))
        yield


class _Taker:
    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 OK"


async def _a_reminder() -> WrittenMail:
    """One of those that are due, which nobody sends then."""
    (held,) = await claim(clock.now(), 1)
    return sending.written_for(held)


def _bare_loops(port: int, reminder: WrittenMail, count: int, ledger: str) -> list[Callable[[], Awaitable[None]]]:
    """Those of a ``Posting``, in its order."""
    made = message_from_bytes(reminder.content, policy=policy.default)
    text, html, calendar = (part.get_content() for part in made.walk() if not part.is_multipart())
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = reminder.sender, reminder.recipient, "A reminder"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    message.add_attachment(calendar, subtype="calendar", filename="expiry.ics")

    async def as_message(client: aiosmtplib.SMTP) -> str:
        return (await client.send_message(message))[1]

    async def as_bytes(client: aiosmtplib.SMTP) -> str:
        return (await client.sendmail(reminder.sender, reminder.recipient, reminder.content))[1]

    return [
        lambda: _over_all_lines(port, count, as_message),
        lambda: _over_all_lines(port, count, as_message, ledger),
        lambda: _over_all_lines(port, count, as_bytes),
    ]


async def _over_all_lines(
    port: int, count: int, hand_over: Callable[[aiosmtplib.SMTP], Awaitable[str]], ledger: str | None = None
) -> None:
    left = iter(range(count))

    async def send() -> None:
        records = await asyncpg.connect(ledger) if ledger else None
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
            for _ in left:
                reply = await hand_over(client)
                if records:
                    await records.execute(RECORD, reply)
        if records:
            await records.close()

    await asyncio.gather(*(send() for _ in range(sending.MAX_CONNECTIONS)))
