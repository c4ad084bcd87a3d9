"""The statement that plans agrees with the calendar of domain.md: clamped month ends, leap days, clock changes."""

from datetime import UTC, datetime, timedelta

from backend import clock
from backend.accounts.term import ONE_DAY, instant_of, one_month_before, one_week_before
from backend.mail.planning import REMIND_AT, plan_due
from backend.storage.database import fetch
from tests.desk import Desk

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
