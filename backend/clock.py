"""The only clock of the product: now, and today in a time zone. Tests and the demo set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_set_to: datetime | None = None


def now() -> datetime:
    """The present instant, in UTC."""
    return _set_to or datetime.now(UTC)


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises: ValueError (it has no offset, or is beyond the calendar there)."""
    if instant.utcoffset() is None:
        raise ValueError("an instant has an offset from UTC")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def today(time_zone: str) -> date:
    """The present calendar date in an IANA time zone. Raises: ZoneInfoNotFoundError."""
    return now().astimezone(ZoneInfo(time_zone)).date()


@contextmanager
def set_to(instant: datetime) -> Iterator[None]:
    """Set the clock to an instant (with an offset from UTC) until the block ends; it does not move."""
    global _set_to
    before, _set_to = _set_to, instant.astimezone(UTC)
    try:
        yield
    finally:
        _set_to = before


def advance(by: timedelta) -> None:
    """Move a clock that is set. Raises: RuntimeError, when it is not set."""
    global _set_to
    if _set_to is None:
        raise RuntimeError("the clock is not set")
    _set_to += by
