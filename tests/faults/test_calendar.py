"""Every day of eight years is reminded of on the right days, at nine where the organisation is, in every time zone."""

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.accounts.term import instant_of, one_month_before, one_week_before
from backend.mail.planning import REMIND_AT
from tests.faults.test_mail_years import ZONES
from tests.promises import Promise

FIRST, DAYS = date(2027, 1, 1), 8 * 366


def month_before(day: date) -> date:
    """One calendar month before, clamped, by another way than the product's."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


async def test_each_day_in_each_zone(promise: Promise) -> None:
    wrong, checked = [], 0
    for number in range(DAYS):
        expires_on = FIRST + timedelta(days=number)
        right = (month_before(expires_on), expires_on - timedelta(days=7), expires_on)
        for zone in ZONES:
            for day, expected in zip(
                (one_month_before(expires_on), one_week_before(expires_on), expires_on), right, strict=True
            ):
                due = instant_of(day, REMIND_AT, zone)
                checked += 1
                local = due.astimezone(ZoneInfo(zone))
                if (local.date(), local.time()) != (expected, REMIND_AT) or due != datetime.combine(
                    expected, REMIND_AT, ZoneInfo(zone)
                ).astimezone(UTC):
                    wrong.append((expires_on, zone, day))

    assert wrong == []
    promise(f"Days of reminders that are wrong, of {checked} in {len(ZONES)} time zones", len(wrong))
