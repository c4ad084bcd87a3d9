"""Mails of the calendar are planned by state, not by event: what is due and has no row gets one.

A missed week, an emptied queue, a second worker change nothing. A renewal changes the expiry date, so the key, and so
arms the new term by itself. The cost follows what has become due since the last plan (docs/mail.md, Planning).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.accounts.term import ONE_DAY, instant_of
from backend.mail.ledger_sql import LEDGER_SQL
from backend.storage.database import execute, fetch, transaction

REMIND_AT = time(9)
"""Local time of the day on which a reminder is due."""

LOOK_BACK = timedelta(days=2)
"""A plan looks again at what became due this long before the last one: no zone's day is ever half seen."""

FIRST_LOOK_BACK = timedelta(days=62)

TIME_ZONES = "SELECT DISTINCT time_zone FROM organisation"


@dataclass(frozen=True, slots=True)
class Days:
    """The calendar of each time zone at one instant, and which days may have become due."""

    time_zones: list[str]
    due_days: list[date]
    todays: list[date]
    since: date
    until: date


async def plan_due(now: datetime) -> list[int]:
    """Give every mail that the calendar asks for, and every recipient, its row. Returns the ids of the new ones."""
    async with transaction():
        last = await fetch(LEDGER_SQL["lock_last_plan"])
        began_at = (last[0]["began_at"] if last else None) or now
        since = last[0]["planned_at"] - LOOK_BACK if last else now - FIRST_LOOK_BACK
        days = await days_at(now, since)
        planned = await plan_reminders(days, now)
        waiting = await fetch(
            LEDGER_SQL["plan_waiting_renewals"], days.time_zones, days.due_days, days.todays, REMIND_AT, now
        )
        late = await fetch(LEDGER_SQL["plan_late_notices"], since, now, began_at.astimezone(UTC).date())
        await execute(LEDGER_SQL["record_plan"], now)
    return [*planned, *(row["id"] for row in (*waiting, *late))]


async def plan_reminders(days: Days, now: datetime) -> list[int]:
    """Give the reminders of some days their rows. Returns the ids of those that are new."""
    rows = await fetch(
        LEDGER_SQL["plan_reminders"],
        days.time_zones,
        days.due_days,
        days.todays,
        days.since,
        days.until,
        REMIND_AT,
        now,
    )
    return [row["id"] for row in rows]


async def days_at(now: datetime, since: datetime) -> Days:
    """Where the calendar stands in each organisation's time zone."""
    time_zones = await _time_zones()
    due_days = [due_day(time_zone, now) for time_zone in time_zones]
    todays = [now.astimezone(ZoneInfo(time_zone)).date() for time_zone in time_zones]
    return Days(time_zones, due_days, todays, since.astimezone(UTC).date(), max(due_days, default=now.date()))


async def day_everywhere(day: date) -> Days:
    """One calendar day in every organisation's time zone, after the hour at which reminders are due."""
    time_zones = await _time_zones()
    return Days(time_zones, [day] * len(time_zones), [day] * len(time_zones), day, day)


def due_day(time_zone: str, now: datetime) -> date:
    """The latest calendar day whose reminders are due in a time zone: today from 09:00 on, until then yesterday."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return today if now >= instant_of(today, REMIND_AT, time_zone) else today - ONE_DAY


async def _time_zones() -> list[str]:
    return [row["time_zone"] for row in await fetch(TIME_ZONES)]
