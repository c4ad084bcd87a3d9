"""Accounts of one person that reach the same milestone on the same day share one mail (docs/mail.md, Claims)."""

from datetime import date, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from backend import clock
from backend.catalogue import Language
from backend.identity.models import User
from backend.identity.roles import Role
from backend.mail.lease import LEASE
from backend.mail.planning import plan_due
from backend.storage.database import fetch
from tests.desk import Desk
from tests.mail.conftest import Post, ledger_of, text_of

ADA, BEN = "ada@acme.example", "ben@acme.example"


async def lines_of(address: str, milestone: str = "EXPIRY_DAY") -> list[dict[str, Any]]:
    return await fetch(
        "SELECT m.* FROM mail m JOIN person p ON p.id = m.recipient_id WHERE p.email = $1 AND milestone = $2",
        address,
        milestone,
    )


async def test_each_person_gets_one_mail_that_lists_the_accounts_and_each_account_has_its_line(
    desk: Desk, post: Post
) -> None:
    await desk.person(BEN, Role.SUPER_ADMIN, desk.acme)
    accounts = [await desk.account(name=f"Plant {letter}", expires_on=desk.today()) for letter in "ABC"]

    await post.goes_out()

    for address in (ADA, BEN):
        (mail,) = post.to(address)
        assert mail["Subject"] == "Plant A and 2 other accounts expire on 23 November 2026"
        for account in accounts:
            assert f"/management/accounts/{account}/renew" in text_of(mail)
        lines = await lines_of(address)
        assert {line["state"] for line in lines} == {"SENT"}
        assert {line["message_id"] for line in lines} == {mail["Message-ID"]}
        assert len(lines) == 3


async def test_accounts_of_other_domains_days_or_milestones_have_their_own_mails(desk: Desk, post: Post) -> None:
    today = desk.today()
    await desk.account(name="Own domain", expires_on=today, mail_domain="acme.example")
    await desk.account(name="Platform's", expires_on=today)
    await desk.account(name="Next week", expires_on=today + timedelta(days=7))

    await post.goes_out()

    assert len(post.to(ADA)) == 3


async def test_an_account_that_is_renewed_meanwhile_is_left_out(desk: Desk, post: Post) -> None:
    kept, renewed = [await desk.account(name=name, expires_on=desk.today()) for name in ("Kept", "Renewed")]
    await plan_due(clock.now())
    renewal = await desk.super_admin.files("renewal", accountId=renewed)
    await desk.customer_success.approves(renewal.id)

    await post.goes_out()

    (mail,) = [mail for mail in post.to(ADA) if "expires on" in str(mail["Subject"])]
    assert mail["Subject"] == "Kept expires on 23 November 2026"
    assert ("EXPIRY_DAY", "CANCELLED", "renewed") in await ledger_of(renewed)
    assert ("EXPIRY_DAY", "SENT", None) in await ledger_of(kept)


async def test_a_doubt_is_shared_and_the_same_bytes_go_out_once_more(desk: Desk, post: Post) -> None:
    for name in ("One", "Two"):
        await desk.account(name=name, expires_on=desk.today())
    post.server.hang_up_after_data = True
    await post.goes_out()
    post.server.hang_up_after_data = False
    clock.advance(LEASE)
    await post.goes_out()

    assert {line["state"] for line in await lines_of(ADA)} == {"SENT_MAYBE_TWICE"}
    first, second = post.server.contents
    assert first == second


async def test_a_doubtful_digest_does_not_speak_again_of_an_account_that_was_renewed(desk: Desk, post: Post) -> None:
    kept, renewed = [await desk.account(name=name, expires_on=desk.today()) for name in ("Kept", "Renewed")]
    post.server.hang_up_after_data = True
    await post.goes_out()
    post.server.hang_up_after_data = False
    renewal = await desk.super_admin.files("renewal", accountId=renewed)
    await desk.customer_success.approves(renewal.id)
    clock.advance(LEASE)
    await post.goes_out()

    _, again = [mail for mail in post.to(ADA) if "expire" in str(mail["Subject"])]
    assert "Renewed" not in text_of(again)
    assert ("EXPIRY_DAY", "UNKNOWN", "renewed") in await ledger_of(renewed)
    assert ("EXPIRY_DAY", "SENT_MAYBE_TWICE", None) in await ledger_of(kept)


async def test_the_first_reminder_brings_the_days_for_the_readers_calendar(desk: Desk, post: Post) -> None:
    expiry = date(2026, 12, 23)
    for name in ("One", "Two"):
        await desk.account(name=name, expires_on=expiry)

    await post.goes_out()

    (mail,) = post.to(ADA)
    (attached,) = mail.iter_attachments()
    calendar = Calendar.from_ical(attached.get_content())
    assert attached.get_filename() == "expiry.ics"
    assert [(str(event["summary"]), event.decoded("dtstart")) for event in calendar.walk("VEVENT")] == [
        ("One expires", expiry),
        ("Two expires", expiry),
    ]
    assert "puts the dates into your calendar" in text_of(mail)


async def test_a_calendar_reads_names_of_any_length_and_sign_as_they_are(desk: Desk, post: Post) -> None:
    names = ["Énergie; “Nord”, \\ 100 %", "Énergie é" + " où l’été n’a pas de fin" * 4]
    for name in names:
        await desk.account(name=name, expires_on=date(2026, 12, 23))

    await post.goes_out()

    (mail,) = post.to(ADA)
    (attached,) = mail.iter_attachments()
    content = attached.get_content()
    events = Calendar.from_ical(content).walk("VEVENT")
    assert sorted(str(event["summary"]) for event in events) == sorted(f"{name} expires" for name in names)
    assert {str(event["url"]).rsplit("/", 1)[1] for event in events} == {"renew"}
    assert max(map(len, content.encode().split(b"\r\n"))) == 75


async def test_a_months_end_that_gathers_several_expiry_days_tells_them_all(desk: Desk, post: Post) -> None:
    for day in (28, 31):
        await desk.account(name=f"Day {day}", expires_on=date(2027, 3, day), anchor=date(2026, 4, 1))

    clock.advance(timedelta(days=97))  # 28 February 2027, a month before either
    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Subject"] == "Day 28 and 1 other account expire on 28 March 2027 – 31 March 2027"
    assert "2 accounts expire in about a month" in text_of(mail)


@pytest.mark.parametrize("language", list(Language))
async def test_a_digest_can_be_written_in_every_language(desk: Desk, post: Post, language: Language) -> None:
    await User.filter(email=ADA).update(language=language.value)
    for name in ("One", "Two"):
        await desk.account(name=name, expires_on=desk.today())

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Content-Language"] == language
    assert "One" in str(mail["Subject"])
