"""Reminders are planned by state, not by event: what is due and has no row gets one (mail.md, 2 and 3).

A missed week, an emptied queue, a second worker change nothing. A renewal changes the expiry date, so the key, and so
arms the new term by itself. The cost follows what has become due since the last plan.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.accounts.term import ONE_DAY, instant_of
from backend.storage.database import fetch, transaction

REMIND_AT = time(9)
"""Local time of the day on which a reminder is due."""

LOOK_BACK = timedelta(days=2)
"""A plan looks again at what became due this long before the last one: no zone's day is ever half seen."""

FIRST_LOOK_BACK = timedelta(days=62)

LAST_PLAN = "SELECT planned_at FROM reminder_plan FOR UPDATE"

REMEMBER_PLAN = """
INSERT INTO reminder_plan (id, planned_at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET planned_at = $1
"""

TIME_ZONES = "SELECT DISTINCT time_zone FROM organisation"

PLAN_DUE = """
WITH local AS (
    SELECT * FROM unnest($1::text[], $2::date[], $3::date[]) AS z (time_zone, due_day, today)
), touched AS (
    SELECT a.id, a.organisation_id, a.starts_on, a.expires_on, local.time_zone, local.due_day, local.today
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
           CASE WHEN day <= starts_on THEN 'before_start'
                WHEN today > expires_on THEN 'late'
                WHEN milestone = 'ONE_MONTH' AND due_day >= expires_on - 7 THEN 'superseded'
                WHEN milestone = 'ONE_WEEK' AND due_day >= expires_on THEN 'superseded'
           END AS skipped
      FROM due
)
INSERT INTO mail (key, kind, recipient_id, account_id, milestone, expires_on, facts, state, reason,
                  due_at, next_at, created_at, ended_at)
SELECT concat_ws(':', 'reminder', judged.id, expires_on, milestone, p.id), 'REMINDER', p.id, judged.id, milestone,
       expires_on, '{}', CASE WHEN skipped IS NULL THEN 'WAITING' ELSE 'SKIPPED' END, skipped,
       (day + $6::time) AT TIME ZONE judged.time_zone, (day + $6::time) AT TIME ZONE judged.time_zone,
       $7, CASE WHEN skipped IS NULL THEN NULL ELSE $7::timestamptz END
  FROM judged
  JOIN person p ON p.organisation_id = judged.organisation_id AND p.role = 'SUPER_ADMIN' AND p.is_active
ON CONFLICT (key) DO NOTHING
RETURNING id
"""


async def plan_reminders(now: datetime) -> int:
    """Give every milestone that is due, and every recipient, its row. Returns how many rows are new."""
    async with transaction():
        last = await fetch(LAST_PLAN)
        since = last[0]["planned_at"] - LOOK_BACK if last else now - FIRST_LOOK_BACK
        time_zones = [row["time_zone"] for row in await fetch(TIME_ZONES)]
        due_days = [due_day(time_zone, now) for time_zone in time_zones]
        todays = [now.astimezone(ZoneInfo(time_zone)).date() for time_zone in time_zones]
        until = max(due_days, default=now.date())
        planned = await fetch(
            PLAN_DUE, time_zones, due_days, todays, since.astimezone(UTC).date(), until, REMIND_AT, now
        )
        await fetch(REMEMBER_PLAN, now)
    return len(planned)


def due_day(time_zone: str, now: datetime) -> date:
    """The latest calendar day whose reminders are due in a time zone: today from 09:00 on, until then yesterday."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return today if now >= instant_of(today, REMIND_AT, time_zone) else today - ONE_DAY
