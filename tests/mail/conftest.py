"""The worker's part of the desk, and the mails that arrive."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from backend import clock
from backend.global_ids import key_in
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.storage.database import fetch
from tests.desk import Desk
from tests.servers import MailServer


@dataclass(slots=True)
class Post:
    """What the worker does each minute, and what people find in their mailboxes."""

    server: MailServer
    sender: Sender

    async def goes_out(self) -> None:
        """Plan what is due, then send what is due."""
        await plan_due(clock.now())
        await self.sender.send_due()

    async def goes_out_every_day_until(self, end: datetime) -> None:
        """Let days pass, with a worker that looks once in each."""
        while clock.now() <= end:
            await self.goes_out()
            clock.advance(timedelta(days=1))

    def to(self, address: str) -> list[EmailMessage]:
        """The mails that arrived at an address, oldest first."""
        pairs = zip(self.server.messages, self.server.recipients, strict=True)
        return [message for message, recipients in pairs if address in recipients]

    def subjects_to(self, address: str) -> list[str]:
        """Their subjects."""
        return [str(message["Subject"]) for message in self.to(address)]


@pytest.fixture
async def post(desk: Desk, smtp_server: MailServer) -> Post:
    """A worker of the desk's, and the mail server that it talks to."""
    return Post(smtp_server, Sender(Host.of(smtp_server.url, tls_demanded=False)))


def text_of(message: EmailMessage) -> str:
    """What a reader of plain text reads."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def ledger_of(account_id: str) -> list[tuple[str, str, str | None]]:
    """Milestone, state and reason of each of an account's reminders, in the order of their days."""
    rows = await fetch(
        "SELECT milestone, state, reason FROM mail WHERE account_id = $1 ORDER BY due_at, id",
        key_in(account_id, "Account"),
    )
    return [(row["milestone"], row["state"], row["reason"]) for row in rows]


async def ledger_row(**where: Any) -> dict[str, Any]:
    """The one row of the ledger with these values."""
    conditions = " AND ".join(f"{column} = ${number}" for number, column in enumerate(where, 1))
    (row,) = await fetch(f"SELECT * FROM mail WHERE {conditions}", *where.values())
    return row
