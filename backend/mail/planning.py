"""Mails of the calendar are planned by state, not by event: what is due and has no row gets one.

A missed week, an emptied queue, a second worker change nothing. A renewal changes the expiry date, so the key, and so
arms the new term by itself. The cost follows what has become due since the last plan (docs/mail.md, Planning).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.accounts.term import ONE_DAY, instant_of
from backend.storage.database import fetch, transaction

REMIND_AT = time(9)
"""Local time of the day on which a reminder is due."""

LOOK_BACK = timedelta(days=2)
"""A plan looks again at what became due this long before the last one: no zone's day is ever half seen."""

FIRST_LOOK_BACK = timedelta(days=62)

LAST_PLAN = "SELECT planned_at, began_at FROM reminder_plan FOR UPDATE"

REMEMBER_PLAN = """
INSERT INTO reminder_plan (id, planned_at, began_at) VALUES (1, $1, $1)
ON CONFLICT (id) DO UPDATE SET planned_at = $1, began_at = coalesce(reminder_plan.began_at, $1)
"""

TIME_ZONES = "SELECT DISTINCT time_zone FROM organisation"

# $1 to $3: each time zone, the latest day whose reminders are due there, and today. $4 and $5: the first and last day
# that may have become due. $6: the time of day. $7: now.
PLAN_REMINDERS = """
WITH local AS (
    SELECT * FROM unnest($1::text[], $2::date[], $3::date[]) AS z (time_zone, due_day, today)
), touched AS (
    SELECT a.id, a.organisation_id, a.mail_domain, a.starts_on, a.expires_on, local.*
      FROM account a
      JOIN organisation o ON o.id = a.organisation_id
      JOIN local ON local.time_zone = o.time_zone
     WHERE a.expires_on BETWEEN $4 AND $5
        OR a.expires_on BETWEEN $4 + 7 AND $5 + 7
        OR a.expires_on BETWEEN ($4 + interval '1 month')::date AND ($5 + interval '1 month')::date + 3
), due AS (
    SELECT touched.*, m.milestone, m.day
      FROM touched
     CROSS JOIN LATERAL (VALUES
         ('ONE_MONTH', (expires_on - interval '1 month')::date),
         ('ONE_WEEK', expires_on - 7),
         ('EXPIRY_DAY', expires_on)
     ) AS m (milestone, day)
     WHERE m.day <= due_day
), judged AS (
    SELECT due.*,
           -- A wall time that a gap of the clocks skips is due at its end: never later than now.
           least((day + $6::time) AT TIME ZONE time_zone, $7::timestamptz) AS due_at,
           CASE WHEN day <= starts_on THEN 'before_start'
                WHEN today > expires_on THEN 'late'
                WHEN milestone = 'ONE_MONTH' AND due_day >= expires_on - 7 THEN 'superseded'
                WHEN milestone = 'ONE_WEEK' AND due_day >= expires_on THEN 'superseded'
           END AS skipped
      FROM due
)
INSERT INTO mail (key, kind, recipient_id, account_id, milestone, expires_on, digest, facts, state, reason,
                  due_at, next_at, created_at, ended_at)
SELECT concat_ws(':', 'reminder', judged.id, expires_on, milestone, p.id), 'REMINDER', p.id, judged.id, milestone,
       expires_on, concat_ws(':', 'reminder', p.id, milestone, day, coalesce(mail_domain, '')), '{}',
       CASE WHEN skipped IS NULL THEN 'WAITING' ELSE 'SKIPPED' END, skipped,
       due_at, due_at, $7, CASE WHEN skipped IS NULL THEN NULL ELSE $7::timestamptz END
  FROM judged
  JOIN person p ON p.organisation_id = judged.organisation_id AND p.role = 'SUPER_ADMIN' AND p.is_active
ON CONFLICT (key) DO NOTHING
RETURNING id
"""

# A renewal that was filed after a milestone has just been told of by the mail about its filing.
PLAN_WAITING_RENEWALS = """
WITH local AS (
    SELECT * FROM unnest($1::text[], $2::date[], $3::date[]) AS z (time_zone, due_day, today)
), due AS (
    SELECT r.id, r.requested_at, a.id AS account_id, a.expires_on, m.milestone, m.day,
           least((m.day + $4::time) AT TIME ZONE local.time_zone, $5::timestamptz) AS due_at
      FROM change_request r
      JOIN account a ON a.id = r.account_id
      JOIN organisation o ON o.id = a.organisation_id
      JOIN local ON local.time_zone = o.time_zone
     CROSS JOIN LATERAL (VALUES ('ONE_WEEK', a.expires_on - 7), ('EXPIRY_DAY', a.expires_on)) AS m (milestone, day)
     WHERE r.type = 'RENEWAL' AND r.state = 'PENDING' AND m.day <= due_day AND today <= a.expires_on
       AND (milestone = 'EXPIRY_DAY' OR due_day < a.expires_on)
)
INSERT INTO mail (key, kind, recipient_id, account_id, request_id, milestone, expires_on, digest, facts,
                  due_at, next_at, created_at)
SELECT concat_ws(':', 'renewal', due.id, expires_on, milestone, p.id), 'RENEWAL_WAITING', p.id, account_id, due.id,
       milestone, expires_on, concat_ws(':', 'renewal', p.id, milestone, day), '{}', due_at, due_at, $5
  FROM due CROSS JOIN person p
 WHERE requested_at < due_at AND p.role = 'CUSTOMER_SUCCESS' AND p.is_active
ON CONFLICT (key) DO NOTHING
RETURNING id
"""

# Terms that ended before anything was planned for the first time are nobody's omission.
PLAN_LATE_NOTICES = """
INSERT INTO mail (key, kind, recipient_id, account_id, expires_on, digest, facts, due_at, next_at, created_at)
SELECT concat_ws(':', 'late', missed.account_id, missed.expires_on, p.id), 'REMINDERS_LATE', p.id, missed.account_id,
       missed.expires_on, concat_ws(':', 'late', p.id), '{}', $2, $2, $2
  FROM (SELECT DISTINCT m.account_id, m.expires_on
          FROM mail m JOIN account a ON a.id = m.account_id AND a.expires_on = m.expires_on
         WHERE m.kind = 'REMINDER' AND m.reason = 'late' AND m.ended_at > $1 AND m.expires_on >= $3) AS missed
 CROSS JOIN person p
 WHERE p.role = 'CUSTOMER_SUCCESS' AND p.is_active
ON CONFLICT (key) DO NOTHING
RETURNING id
"""


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
        last = await fetch(LAST_PLAN)
        began_at = (last[0]["began_at"] if last else None) or now
        since = last[0]["planned_at"] - LOOK_BACK if last else now - FIRST_LOOK_BACK
        days = await days_at(now, since)
        planned = await plan_reminders(days, now)
        waiting = await fetch(PLAN_WAITING_RENEWALS, days.time_zones, days.due_days, days.todays, REMIND_AT, now)
        late = await fetch(PLAN_LATE_NOTICES, since, now, began_at.astimezone(UTC).date())
        await fetch(REMEMBER_PLAN, now)
    return [*planned, *(row["id"] for row in (*waiting, *late))]


async def plan_reminders(days: Days, now: datetime) -> list[int]:
    """Give the reminders of some days their rows. Returns the ids of those that are new."""
    rows = await fetch(
        PLAN_REMINDERS, days.time_zones, days.due_days, days.todays, days.since, days.until, REMIND_AT, now
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
