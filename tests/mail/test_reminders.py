"""Before a term ends, three reminders go out: a month before, a week before, on the day (docs/domain.md, Reminders)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend import clock
from backend.catalogue import Language
from backend.identity import people
from backend.identity.models import User
from backend.identity.roles import Role
from backend.mail.planning import plan_due
from tests.desk import Desk
from tests.mail.conftest import Post, ledger_of, text_of

ADA = "ada@acme.example"
SKIPPED = [("ONE_MONTH", "SKIPPED", "superseded"), ("ONE_WEEK", "SKIPPED", "superseded")]


async def test_the_three_reminders_arrive_a_month_a_week_and_no_day_before_the_expiry(desk: Desk, post: Post) -> None:
    account = await desk.account(name="Plant", expires_on=date(2027, 1, 31))

    await post.goes_out_every_day_until(datetime(2027, 2, 10, tzinfo=UTC))

    days = [str(message["Date"])[:16] for message in post.to(ADA)]
    assert days == ["Thu, 31 Dec 2026", "Sun, 24 Jan 2027", "Sun, 31 Jan 2027"]
    assert await ledger_of(account) == [(name, "SENT", None) for name in ("ONE_MONTH", "ONE_WEEK", "EXPIRY_DAY")]


async def test_a_reminder_names_the_account_its_client_its_licence_and_the_day_and_links_to_the_renewal(
    desk: Desk, post: Post
) -> None:
    account = await desk.account(name="Mercat Hall", client_name="Gran Via", expires_on=desk.today())

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Subject"] == "Mercat Hall expires on 23 November 2026"
    text = text_of(mail)
    for words in ("Mercat Hall expires today", "Client: Gran Via", "Licence: Detect", "Expires on: 23 November 2026"):
        assert words in text
    assert "moves to the expired accounts, and can be renewed" in text
    assert f"/management/accounts/{account}/renew" in text


async def test_every_active_super_admin_of_the_organisation_gets_it_and_nobody_else(desk: Desk, post: Post) -> None:
    await desk.person("ben@acme.example", Role.SUPER_ADMIN, desk.acme)
    await desk.person("gone@acme.example", Role.SUPER_ADMIN, desk.acme)
    await User.filter(email="gone@acme.example").update(is_active=False)
    await desk.account(expires_on=desk.today())

    await post.goes_out()

    assert sorted(address for (address,) in post.server.recipients) == [ADA, "ben@acme.example"]


@pytest.mark.parametrize(
    ("language", "subject", "heading"),
    [
        ("en", "Plant expires on 23 November 2026", "Plant expires today"),
        ("fr", "Plant expire le 23 novembre 2026", "Plant expire aujourd’hui"),
        ("es", "Plant caduca el 23 de noviembre de 2026", "Plant caduca hoy"),
        ("ca", "Plant caduca el 23 de novembre del 2026", "Plant caduca avui"),
    ],
)
async def test_each_reads_it_in_their_own_language(
    desk: Desk, post: Post, language: str, subject: str, heading: str
) -> None:
    await User.filter(email=ADA).update(language=language)
    await desk.account(name="Plant", expires_on=desk.today())

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Subject"] == subject
    assert heading in text_of(mail)
    assert mail["Content-Language"] == language


async def test_it_is_due_at_nine_in_the_morning_where_the_organisation_is(desk: Desk, post: Post) -> None:
    auckland = await people.add_organisation(
        "Kea", country="NZ", time_zone="Pacific/Auckland", language=Language.EN, mail_domains=[]
    )
    await desk.person("kea@kea.example", Role.SUPER_ADMIN, auckland)
    await desk.account(auckland, name="Plant", expires_on=date(2026, 11, 25))
    # 25 November, 09:00 in Auckland.
    nine = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)

    with clock.set_to(nine - timedelta(seconds=1)):
        await post.goes_out()
        # The week before came while nobody reminded anybody: it is still worth sending, with the true day.
        assert post.subjects_to("kea@kea.example") == ["Plant expires on 25 November 2026"]
        assert "Plant expires today" in text_of(post.to("kea@kea.example")[0])
    with clock.set_to(nine):
        await post.goes_out()
        assert len(post.to("kea@kea.example")) == 2


async def test_after_a_long_silence_only_the_most_urgent_goes_out(desk: Desk, post: Post) -> None:
    account = await desk.account(expires_on=desk.today())

    await post.goes_out()

    assert len(post.to(ADA)) == 1
    assert await ledger_of(account) == [*SKIPPED, ("EXPIRY_DAY", "SENT", None)]


async def test_after_the_expiry_day_nothing_goes_out_any_more_and_the_ledger_says_so(desk: Desk, post: Post) -> None:
    account = await desk.account(expires_on=desk.today() - timedelta(days=1))

    await post.goes_out()

    assert post.to(ADA) == []
    assert {(state, reason) for _, state, reason in await ledger_of(account)} == {("SKIPPED", "late")}


async def test_a_milestone_on_or_before_the_first_day_of_the_term_is_skipped(desk: Desk, post: Post) -> None:
    today = desk.today()
    account = await desk.account(
        starts_on=today - timedelta(days=7), anchor=today - timedelta(days=7), expires_on=today
    )

    await post.goes_out()

    assert await ledger_of(account) == [
        ("ONE_MONTH", "SKIPPED", "before_start"),
        ("ONE_WEEK", "SKIPPED", "before_start"),
        ("EXPIRY_DAY", "SENT", None),
    ]


async def test_planning_again_by_anybody_adds_nothing(desk: Desk, post: Post) -> None:
    await desk.account(expires_on=desk.today())
    await desk.account(expires_on=desk.today() + timedelta(days=7))

    await post.goes_out()
    again = await plan_due(clock.now())
    await post.goes_out()

    assert again == []
    assert len(post.to(ADA)) == 2


async def test_a_renewal_cancels_the_reminders_of_the_old_term_and_arms_those_of_the_new(
    desk: Desk, post: Post
) -> None:
    account = await desk.account(name="Plant", expires_on=desk.today() + timedelta(days=7))
    await plan_due(clock.now())

    renewal = await desk.super_admin.files("renewal", accountId=account, periodMonths=12)
    await desk.customer_success.approves(renewal.id)
    await post.goes_out()

    assert [subject for subject in post.subjects_to(ADA) if "expires on" in subject] == []
    assert ("ONE_WEEK", "CANCELLED", "renewed") in await ledger_of(account)
    await post.goes_out_every_day_until(datetime(2027, 12, 5, tzinfo=UTC))
    reminders = [subject for subject in post.subjects_to(ADA) if "expires on" in subject]
    assert reminders == ["Plant expires on 30 November 2027"] * 3


async def test_a_renewal_that_waits_changes_the_words_and_silences_nothing(desk: Desk, post: Post) -> None:
    account = await desk.account(expires_on=desk.today())
    await desk.super_admin.files("renewal", accountId=account)

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert "A renewal is already waiting for approval" in text_of(mail)
    assert f"/management/accounts/{account}\r\n" in text_of(mail)


async def test_nobody_who_lost_the_role_between_planning_and_sending_is_reminded(desk: Desk, post: Post) -> None:
    account = await desk.account(expires_on=desk.today())
    await plan_due(clock.now())
    await User.filter(email=ADA).update(role=Role.MEMBER.value)

    await post.goes_out()

    assert post.to(ADA) == []
    assert ("EXPIRY_DAY", "CANCELLED", "recipient_not_concerned") in await ledger_of(account)
