"""The state of mail: what is due since when, what ended in the last day, the breakers (docs/mail.md, Health)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.mail.models import MailHost
from backend.storage.database import fetch

OLDEST_DUE, OLDEST_PLAN = timedelta(hours=1), timedelta(minutes=5)
"""Older than that, something is wrong."""

LAST_PLAN = "SELECT planned_at FROM reminder_plan"

# What a recipient's own host holds up until later says nothing about ours.
OLDEST = """
SELECT min(CASE WHEN failures = 0 THEN coalesce(again_at, due_at) ELSE next_at END) AS at FROM mail
 WHERE state IN ('WAITING', 'CLAIMED', 'IN_DOUBT') AND (failures = 0 OR next_at <= $1)
"""

OPEN = """
SELECT state, count(*) AS n FROM mail WHERE state IN ('WAITING', 'CLAIMED', 'IN_DOUBT') GROUP BY state
"""

ENDED = "SELECT state, count(*) AS n FROM mail WHERE ended_at > $1 GROUP BY state"


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
    plan, oldest = await fetch(LAST_PLAN), await fetch(OLDEST, now)
    return MailHealth(
        now,
        plan[0]["planned_at"] if plan else None,
        oldest[0]["at"],
        {row["state"]: row["n"] for row in await fetch(OPEN)},
        {row["state"]: row["n"] for row in await fetch(ENDED, now - timedelta(days=1))},
        await MailHost.all().order_by("name"),
    )
