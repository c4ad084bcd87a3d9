"""The statement that plans agrees with the calendar of docs/domain.md: clamped month ends, leap days, clock changes."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend import clock
from backend.accounts.term import ONE_DAY, expiry, instant_of, one_month_before, one_week_before
from backend.mail.planning import REMIND_AT, due_day, plan_due
from backend.storage.database import fetch
from tests.desk import Desk
from tests.promises import Promise

JANUARY = datetime(2028, 1, 15, 12, tzinfo=UTC)
PLANNED = "SELECT milestone, expires_on, due_at, state FROM mail ORDER BY due_at"


async def test_each_milestone_is_due_at_nine_on_its_day_whatever_the_month(desk: Desk) -> None:
    days = [JANUARY.date() + timedelta(days=number) for number in range(40, 110)]
    for day in days:
        await desk.account(expires_on=day, anchor=day - timedelta(days=200))

    with clock.set_to(JANUARY):
        while clock.today("Europe/Madrid") <= days[-1]:
            await plan_due(clock.now())
            clock.advance(ONE_DAY)

    expected = {}
    for day in days:
        milestones = {"ONE_MONTH": one_month_before(day), "ONE_WEEK": one_week_before(day), "EXPIRY_DAY": day}
        for name, due in milestones.items():
            expected[name, day] = instant_of(due, REMIND_AT, "Europe/Madrid")
    rows = await fetch(PLANNED)
    assert {(row["milestone"], row["expires_on"]): row["due_at"] for row in rows} == expected
    assert {row["state"] for row in rows} == {"WAITING"}


DAYS = st.dates(date(1900, 1, 1), date(2299, 12, 31))
"""400 years: each kind of leap year and of century, and time zones by old and by new rules."""

ZONES = st.sampled_from(sorted(available_timezones()))
WALL_TIMES = st.one_of(st.just(REMIND_AT), st.times())


def checked(long: bool) -> settings:
    """How many examples are tried."""
    return settings(max_examples=20_000 if long else 300, deadline=None, database=None, derandomize=not long)


def clamped(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month: by counting months, as a person does."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def test_a_contract_of_any_length_expires_on_the_day_before_its_clamped_anchor_day(
    long: bool, promise: Promise
) -> None:
    @checked(long)
    @example(anchor=date(2024, 2, 29), months=12, more=36)
    @example(anchor=date(2026, 1, 31), months=1, more=1)
    @example(anchor=date(1899, 12, 31), months=2, more=1200)
    @given(anchor=DAYS, months=st.integers(1, 720), more=st.integers(1, 60))
    def holds(anchor: date, months: int, more: int) -> None:
        assert expiry(anchor, months) + ONE_DAY == clamped(anchor, months)
        # What a renewal adds is computed from the anchor: it makes no difference into how many terms it is cut.
        assert expiry(anchor, months) < expiry(anchor, months + more) == clamped(anchor, months + more) - ONE_DAY

    holds()
    promise("Anchors, lengths and renewals of 400 years whose expiry day is wrong", 0)


def test_a_milestone_is_a_clamped_month_and_seven_days_before_any_day(long: bool, promise: Promise) -> None:
    @checked(long)
    @example(expires_on=date(2027, 3, 31))
    @example(expires_on=date(2028, 3, 31))
    @example(expires_on=date(2100, 3, 30))
    @given(expires_on=DAYS)
    def holds(expires_on: date) -> None:
        assert one_month_before(expires_on) == clamped(expires_on, -1)
        assert expires_on - one_week_before(expires_on) == timedelta(days=7)
        assert one_month_before(expires_on) < one_week_before(expires_on) < expires_on

    holds()
    promise("Expiry days of 400 years with a milestone on a wrong day", 0)


def test_nine_in_the_morning_is_nine_or_the_first_instant_after_a_gap_in_every_time_zone(
    long: bool, promise: Promise
) -> None:
    @checked(long)
    @example(day=date(2027, 3, 28), at=time(2, 30), name="Europe/Paris")
    @example(day=date(2026, 9, 6), at=time(0), name="America/Santiago")
    @example(day=date(2011, 12, 30), at=REMIND_AT, name="Pacific/Apia")  # a day that was left out
    @example(day=date(2026, 10, 25), at=time(2, 30), name="Europe/Paris")  # an hour that comes twice
    @example(day=date(2027, 10, 3), at=time(2, 15), name="Australia/Lord_Howe")  # half an hour is left out
    @given(day=DAYS, at=WALL_TIMES, name=ZONES)
    def holds(day: date, at: time, name: str) -> None:
        zone, wall = ZoneInfo(name), datetime.combine(day, at)
        instant = instant_of(day, at, name)
        shown = instant.astimezone(zone).replace(tzinfo=None)
        assert shown >= wall
        if shown == wall:
            # Of a wall time that comes twice, the first.
            assert instant == wall.replace(tzinfo=zone).astimezone(UTC)
        else:
            before = (instant - timedelta(microseconds=1)).astimezone(zone).replace(tzinfo=None)
            assert before < wall

    holds()
    promise("Wall times of all time zones in 400 years that are due at a wrong instant", 0)


def test_a_day_is_due_from_nine_on_and_not_before_in_every_time_zone(long: bool, promise: Promise) -> None:
    @checked(long)
    @example(day=date(2011, 12, 30), name="Pacific/Apia")
    @given(day=DAYS, name=ZONES)
    def holds(day: date, name: str) -> None:
        nine = instant_of(day, REMIND_AT, name)
        assert due_day(name, nine - timedelta(microseconds=1)) < day <= due_day(name, nine)

    holds()
    promise("Days of all time zones in 400 years that are due at a wrong instant", 0)
