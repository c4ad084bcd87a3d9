"""``emp mail``: an operator reads how mails read, what a day's reminders would be, and what became of each."""

from datetime import date, timedelta

import pytest

from backend import clock
from backend.mail.planning import plan_due
from backend.storage.database import fetch
from tests.command_line import emp
from tests.desk import Desk
from tests.mail.conftest import Post

ADA = "ada@acme.example"


async def emp_mail(*arguments: str) -> tuple[int, list[str], str]:
    """Run a command about mails."""
    return await emp("mail", *arguments)


async def test_the_reminder_of_an_account_is_read_before_its_day_in_any_language(desk: Desk) -> None:
    account = await desk.account(name="Mercat Hall", expires_on=date(2027, 3, 31), mail_domain="acme.example")

    code, said, _ = await emp_mail("preview", "--account", account, "--milestone", "ONE_WEEK", "--language", "fr")

    assert code == 0
    assert said[:2] == ["From: accounts@acme.example", "Subject: Mercat Hall expire le 31 mars 2027"]
    assert "Mercat Hall expire dans 7 jours" in said
    assert any(line.endswith(f"/management/accounts/{account}/renew") for line in said)


async def test_a_mail_of_the_ledger_is_read_as_text_and_as_html(desk: Desk) -> None:
    await desk.account(name="Plant", expires_on=desk.today())
    await plan_due(clock.now())
    (row,) = await fetch("SELECT id FROM mail WHERE milestone = 'EXPIRY_DAY'")

    _, text, _ = await emp_mail("preview", "--mail", str(row["id"]))
    _, html, _ = await emp_mail("preview", "--mail", str(row["id"]), "--html")

    assert text[1] == "Subject: Plant expires on 23 November 2026"
    assert "Hello Ada," in text
    assert html[0].startswith('<!DOCTYPE html><html lang="en">')
    assert html[-1].endswith("</html>")


async def test_a_dry_run_tells_what_a_days_reminders_would_be_and_changes_nothing(desk: Desk) -> None:
    await desk.account(name="Last of March", expires_on=date(2027, 3, 31), mail_domain="acme.example")
    await desk.account(name="A week later", expires_on=date(2027, 4, 7))
    await desk.account(
        name="Too short", expires_on=date(2027, 4, 30), anchor=date(2027, 3, 31), starts_on=date(2027, 3, 31)
    )
    await desk.account(name="Another day", expires_on=date(2027, 4, 8))

    code, said, _ = await emp_mail("plan", "--dry-run", "--on", "2027-03-31")

    assert code == 0
    assert [line.split("  ")[0] for line in said[1:]] == ["A week later", "Last of March"]
    week, last = [" ".join(line.split()) for line in said[1:]]
    assert week == f"A week later {ADA} ONE_WEEK 2027-04-07 2027-03-31 07:00 is sent"
    assert last == f"Last of March {ADA} EXPIRY_DAY 2027-03-31 2027-03-31 07:00 is sent"
    assert await fetch("SELECT 1 FROM mail") == []


async def test_a_dry_run_says_what_the_run_will_plan_and_changes_nothing(desk: Desk) -> None:
    await desk.account(name="Ends today", expires_on=desk.today())
    await desk.account(name="A week is left", expires_on=desk.today() + timedelta(days=7))
    await desk.account(name="Not yet", expires_on=desk.today() + timedelta(days=8))

    _, said, _ = await emp_mail("plan", "--dry-run")
    assert await fetch("SELECT 1 FROM mail") == []
    _, done, _ = await emp_mail("plan")
    planned = await fetch("SELECT a.name FROM mail m JOIN account a ON a.id = m.account_id")

    assert {row["name"] for row in planned} >= {"Ends today", "A week is left"}
    assert sorted(line.split("  ")[0] for line in said[1:-1]) == sorted(row["name"] for row in planned)
    assert said[-1] == f"Mails that would be planned: {len(planned)}."
    assert done == [f"Mails planned: {len(planned)}."]
    assert (await emp_mail("plan", "--dry-run"))[1] == ["Nothing would be planned now."]


async def test_a_dry_run_says_what_would_be_skipped_and_why(desk: Desk) -> None:
    await desk.account(name="Short", expires_on=date(2027, 4, 7), anchor=date(2027, 3, 31), starts_on=date(2027, 3, 31))

    _, said, _ = await emp_mail("plan", "--dry-run", "--on", "2027-03-31")

    assert said[1].endswith("is skipped: Its day lies before the term")


async def test_a_day_on_which_nothing_is_due_is_said_to_be_one(desk: Desk) -> None:
    assert (await emp_mail("plan", "--dry-run", "--on", "2027-03-31"))[:2] == (
        0,
        ["Nothing would be planned on 2027-03-31."],
    )


async def test_only_a_dry_run_looks_at_another_day(desk: Desk) -> None:
    code, _, fault = await emp_mail("plan", "--on", "2027-03-31")

    assert code == 2
    assert "add --dry-run" in fault


async def test_the_ledger_tells_to_whom_each_mail_went_and_why_one_did_not(desk: Desk, post: Post) -> None:
    account = await desk.account(name="A plant with quite a long name", expires_on=desk.today())
    await post.goes_out()

    code, said, _ = await emp_mail("ledger", "--account", account)

    assert code == 0
    assert said[0].split() == ["ID", "DUE", "(UTC)", "KIND", "TO", "ACCOUNT", "STATE", "ENDED", "(UTC)", "WHY"]
    day, week, month = [" ".join(line.split()[1:]) for line in said[1:]]
    about = f"{ADA} A plant with quite a long name"
    assert day == f"2026-11-23 08:00 EXPIRY_DAY {about} SENT 2026-11-23 10:00"
    assert week.startswith(f"2026-11-16 08:00 ONE_WEEK {about} SKIPPED")
    assert month.endswith("A more urgent reminder took its place")
    _, sent, _ = await emp_mail("ledger", "--state", "SENT")
    assert [line.split()[3] for line in sent[1:]] == ["EXPIRY_DAY"]
    assert (await emp_mail("ledger", "--kind", "NEW_SIGN_IN"))[1] == ["The ledger has no such line."]


@pytest.mark.parametrize("arguments", [("preview", "--account", "nonsense"), ("ledger", "--account", "nonsense")])
async def test_what_is_not_there_is_said_not_to_be(desk: Desk, arguments: tuple[str, ...]) -> None:
    code, said, fault = await emp_mail(*arguments)

    assert (code, said) == (1, [])
    assert "There is nothing of that id." in fault
