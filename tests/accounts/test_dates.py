"""Expiry dates are calendar dates, always computed from the anchor (docs/domain.md, Dates)."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.term import expiry, instant_of, one_month_before, one_week_before


@pytest.mark.parametrize(
    ("anchor", "months", "expires_on"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 27)),
        (date(2026, 1, 31), 2, date(2026, 3, 30)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2024, 2, 29), 48, date(2028, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 27)),
    ],
)
def test_a_contract_expires_on_the_day_before_the_same_day_clamped(anchor: date, months: int, expires_on: date) -> None:
    assert expiry(anchor, months) == expires_on


@given(st.dates(date(2000, 1, 1), date(2300, 1, 1)), st.integers(1, 60), st.integers(1, 60))
def test_a_longer_contract_never_expires_sooner(anchor: date, months: int, more: int) -> None:
    assert anchor <= expiry(anchor, months) < expiry(anchor, months + more)


@pytest.mark.parametrize(
    ("expires_on", "reminder"),
    [
        (date(2027, 3, 31), date(2027, 2, 28)),
        (date(2028, 3, 31), date(2028, 2, 29)),
        (date(2027, 3, 28), date(2027, 2, 28)),
        (date(2027, 1, 15), date(2026, 12, 15)),
    ],
)
def test_one_month_before_is_clamped_at_the_months_end(expires_on: date, reminder: date) -> None:
    assert one_month_before(expires_on) == reminder


def test_one_week_before_is_seven_days() -> None:
    assert one_week_before(date(2027, 1, 3)) == date(2026, 12, 27)


def test_a_wall_time_that_does_not_exist_becomes_the_first_instant_after_it() -> None:
    assert instant_of(date(2027, 3, 28), time(2, 30), "Europe/Paris") == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert instant_of(date(2026, 9, 6), time(0, 0), "America/Santiago") == datetime(2026, 9, 6, 4, 0, tzinfo=UTC)


def test_a_wall_time_that_exists_is_itself() -> None:
    assert instant_of(date(2026, 11, 23), time(9), "Europe/Madrid") == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
