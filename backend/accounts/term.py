"""The dates of a contract: when a term expires, and when its reminders are due (docs/domain.md, Dates)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)


def expiry(anchor: date, months: int) -> date:
    """The last day of a contract of so many months: always computed from its first day, clamped at month ends."""
    return anchor + relativedelta(months=months) - ONE_DAY


def one_month_before(expires_on: date) -> date:
    """One calendar month before the expiry day, clamped at the month's end."""
    return expires_on - relativedelta(months=1)


def one_week_before(expires_on: date) -> date:
    """Seven days before the expiry day."""
    return expires_on - timedelta(days=7)


def instant_of(day: date, at: time, time_zone: str) -> datetime:
    """The instant, in UTC, of a wall time; one that a gap skips becomes the first instant after the gap."""
    zone = ZoneInfo(time_zone)
    wall = datetime.combine(day, at, zone)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    # In a gap the offset before the change (fold=0) puts the wall time past it, by as much as it lay inside.
    offset_before, offset_after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    assert offset_before is not None
    assert offset_after is not None
    low, high = wall.replace(fold=1).astimezone(UTC), instant
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == offset_after else (middle, high)
    return high
