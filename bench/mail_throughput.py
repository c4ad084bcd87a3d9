"""Mail throughput of the product, ledger included, and of bare loops that only send, on as many connections.

The loop of the goal sends one message with a reminder's texts again and again: it reads, checks and records
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
from backend.mail import rendering, sending
from backend.mail.batching import Batcher
from backend.mail.lease import claim
from backend.mail.rendering import OutgoingMail
from backend.mail.smtp_session import SmtpSession
from backend.mail.smtp_url import Host
from backend.settings import settings
from backend.storage.database import database, fetch
from backend.storage.tortoise_client import OF_JOBS
from bench.jobs import settings_of, timed
from bench.servers import BenchServers

CREATE_LEDGER = "CREATE TABLE bare_ledger (id bigserial PRIMARY KEY, reply text, at timestamptz)"

RECORD = "INSERT INTO bare_ledger (reply, at) VALUES ($1, now())"

DELETE_OTHER_DAYS = "DELETE FROM mail WHERE state <> 'WAITING' OR due_at <= $1::timestamptz - interval '1 day'"

WITHOUT_DIGESTS = "UPDATE mail SET digest = NULL WHERE recipient_id % 3 = 0"
"""A third of the recipients gets single reminders, as if their terms ended on different days."""

POSTPONE_DIGESTS = "UPDATE mail SET next_at = 'infinity' WHERE digest IS NOT NULL"

RELEASE_DIGESTS = "UPDATE mail SET next_at = due_at WHERE next_at = 'infinity'"

ANALYZE = "ANALYZE mail"
"""As autovacuum does within a minute."""

DUE = """
SELECT count(*) AS reminders, count(DISTINCT coalesce(digest, key)) AS mails
  FROM mail WHERE state = 'WAITING' AND next_at <= $1
"""


@dataclass(frozen=True, slots=True)
class MailRates:
    """Mails per second, and the shares of a mail's time from its claim to its recorded outcome."""

    reminders: float
    """Per mail."""
    product: float
    bare: float
    recording: float
    """By the loop that records each mail."""
    finished: float
    """By the loop that sends finished bytes."""
    rendering: float
    statements: float
    smtp: float
    """Shares of 1; the wait for a statement or the host includes that for other mails in flight."""


async def measure_mails(servers: BenchServers, accounts: int) -> tuple[MailRates, MailRates]:
    """Send the mails of one day: first with one reminder each, then digests with all of a recipient's."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(_AcceptingHandler(), loop=loop), "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    with (
        settings_of(servers, accounts, SMTP_URL=f"smtp://127.0.0.1:{port}") as url,
        clock.set_to(clock.now() + timedelta(days=80)),
    ):
        async with database(url, OF_JOBS):
            await fetch(DELETE_OTHER_DAYS, clock.now())
            for prepare in (WITHOUT_DIGESTS, POSTPONE_DIGESTS):
                await fetch(prepare)
            # The role that serves may neither create a table nor analyse one.
            for sql in (ANALYZE, CREATE_LEDGER):
                await servers.prepare(accounts, sql)
            ledger = servers.owner_database(accounts)
            single = await _measure_rates(port, ledger)
            await fetch(RELEASE_DIGESTS)
            digests = await _measure_rates(port, ledger)
    server.close()
    return single, digests


async def _measure_rates(port: int, ledger: str) -> MailRates:
    """Send due mails, with the bare loops before and after, so that all meet the same state of the machine."""
    (due,) = await fetch(DUE, clock.now())
    each = max(1, due["mails"] // 2)
    seconds_by_step: dict[str, float] = defaultdict(float)
    loops = _bare_loops(port, await _render_a_reminder(), each, ledger)
    before = [(await timed(send))[0] for send in loops]
    with _measured_steps(seconds_by_step):
        sender = sending.Sender(Host.of(settings().smtp_url, tls_demanded=False))
        seconds, sent = await timed(sender.send_due)
    after = [(await timed(send))[0] for send in reversed(loops)]
    whole = sum(seconds_by_step.values())
    bare, recording, finished = (
        2 * each / (first + second) for first, second in zip(before, reversed(after), strict=True)
    )
    return MailRates(
        due["reminders"] / due["mails"],
        sent / seconds,
        bare,
        recording,
        finished,
        seconds_by_step["rendering"] / whole,
        seconds_by_step["statements"] / whole,
        seconds_by_step["smtp"] / whole,
    )


@contextmanager
def _measured_steps(seconds_by_step: dict[str, float]) -> Iterator[None]:
    """Add up the seconds of mails by step, for as long as the block runs."""

    def measured_step(part: str, step: Callable[..., Any]) -> Callable[..., Any]:
        async def measured(*values: Any) -> Any:
            began = time.perf_counter()
            try:
                return await step(*values)
            finally:
                seconds_by_step[part] += time.perf_counter() - began

        return measured

    def measured_rendering(*values: Any) -> Any:
        began = time.perf_counter()
        rendered = render(*values)
        seconds_by_step["rendering"] += time.perf_counter() - began
        return rendered

    render = rendering.render
    with ExitStack() as patched:
        patched.enter_context(patch.object(sending, render.__name__, measured_rendering))
        submit = measured_step("statements", Batcher.submit)
        patched.enter_context(patch.object(Batcher, Batcher.submit.__name__, submit))
        for step in (SmtpSession.envelope, SmtpSession.send_body, SmtpSession.commit):
            patched.enter_context(patch.object(SmtpSession, step.__name__, measured_step("smtp", step)))
        yield


class _AcceptingHandler:
    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 OK"


async def _render_a_reminder() -> OutgoingMail:
    """Claim and render one due reminder, which is not sent then."""
    (claimed,) = await claim(clock.now(), 1)
    return sending.render_claim(claimed)


def _bare_loops(port: int, reminder: OutgoingMail, count: int, ledger: str) -> list[Callable[[], Awaitable[None]]]:
    """The bare loops of ``MailRates``, in its order."""
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
        lambda: _send_over_all_connections(port, count, as_message),
        lambda: _send_over_all_connections(port, count, as_message, ledger),
        lambda: _send_over_all_connections(port, count, as_bytes),
    ]


async def _send_over_all_connections(
    port: int, count: int, send_one: Callable[[aiosmtplib.SMTP], Awaitable[str]], ledger: str | None = None
) -> None:
    left = iter(range(count))

    async def send() -> None:
        records = await asyncpg.connect(ledger) if ledger else None
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
            for _ in left:
                reply = await send_one(client)
                if records:
                    await records.execute(RECORD, reply)
        if records:
            await records.close()

    await asyncio.gather(*(send() for _ in range(sending.MAX_CONNECTIONS)))
