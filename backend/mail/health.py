"""The state of mail: what is due since when, what ended in the last day, the breakers (docs/mail.md, Health)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.mail.ledger_sql import LEDGER_SQL
from backend.mail.models import MailHost
from backend.storage.database import fetch

OLDEST_DUE, OLDEST_PLAN = timedelta(hours=1), timedelta(minutes=5)
"""Older than that, something is wrong."""


@dataclass(frozen=True, slots=True)
class MailHealth:
    """The state of mail at one instant."""

    at: datetime
    planned_at: datetime | None
    oldest_due_at: datetime | None
    open: Mapping[str, int]
    ended_in_last_day: Mapping[str, int]
    hosts: Sequence[MailHost]

    @property
    def trouble(self) -> str | None:
        """What is wrong, in words for an operator; None when all is well."""
        return self.worker_trouble or self.waiting_trouble

    @property
    def worker_trouble(self) -> str | None:
        """What is wrong with the workers, of which each plans once a minute; None when all is well."""
        if self.planned_at is None:
            return "nothing was planned yet"
        if self.at - self.planned_at > OLDEST_PLAN:
            return f"nothing was planned since {self.planned_at.isoformat(timespec='seconds')}"
        return None

    @property
    def waiting_trouble(self) -> str | None:
        """What is wrong with the mails that are due; None when all is well."""
        if self.oldest_due_at is not None and self.at - self.oldest_due_at > OLDEST_DUE:
            return f"mail waits since {self.oldest_due_at.isoformat(timespec='seconds')}"
        return None


async def mail_health(now: datetime) -> MailHealth:
    """How mail fares now."""
    plan, oldest = await fetch(LEDGER_SQL["last_plan"]), await fetch(LEDGER_SQL["oldest_due"], now)
    return MailHealth(
        now,
        plan[0]["planned_at"] if plan else None,
        oldest[0]["at"],
        {row["state"]: row["n"] for row in await fetch(LEDGER_SQL["count_open"])},
        {row["state"]: row["n"] for row in await fetch(LEDGER_SQL["count_ended"], now - timedelta(days=1))},
        await MailHost.all().order_by("name"),
    )
