"""Every mail ends in one recorded outcome, sent twice only where SMTP leaves no choice (docs/mail.md, Outcomes)."""

import asyncio
from datetime import timedelta

import pytest

from backend import clock
from backend.mail.claims import Outcome
from backend.mail.lease import LEASE, claim, end_mails
from backend.mail.models import MailState, Reason
from backend.mail.planning import plan_due
from backend.mail.sending import MAX_CONNECTIONS, Sender
from backend.mail.smtp_session import SmtpSession
from backend.mail.smtp_url import Host
from tests.desk import Desk
from tests.mail.conftest import Post, ledger_row

ADA = "ada@acme.example"


@pytest.fixture
async def due(desk: Desk, post: Post) -> Post:
    """One reminder of today waits to be sent."""
    await desk.account(name="Plant", expires_on=desk.today())
    await plan_due(clock.now())
    return post


async def reminder() -> tuple[str, str | None]:
    row = await ledger_row(milestone="EXPIRY_DAY")
    return row["state"], row["reason"]


async def test_the_hosts_reply_is_kept_with_what_was_sent(due: Post) -> None:
    await due.goes_out()

    row = await ledger_row(milestone="EXPIRY_DAY")
    assert (row["state"], row["reply"]) == ("SENT", "250 OK")
    assert row["message_id"] == due.to(ADA)[0]["Message-ID"]


async def test_two_senders_at_once_send_each_mail_once(desk: Desk, due: Post) -> None:
    for number in range(10):
        await desk.account(expires_on=desk.today(), mail_domain=f"plant{number}.example")
    await plan_due(clock.now())
    second = Sender(due.sender.host)

    await asyncio.gather(due.sender.send_due(), second.send_due())

    assert len(due.server.messages) == 11
    assert len({message["Message-ID"] for message in due.server.messages}) == 11


async def test_a_sender_that_is_told_to_stop_leaves_what_it_has_not_begun_to_others_at_once(
    desk: Desk, due: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3 * MAX_CONNECTIONS):
        await desk.account(expires_on=desk.today(), mail_domain=f"plant{number}.example")
    await plan_due(clock.now())

    def stop(point: str) -> None:
        due.sender.stopping = len(due.server.messages) > MAX_CONNECTIONS

    with monkeypatch.context() as armed:
        armed.setattr("backend.failpoints._armed", stop)
        await due.sender.send_due()
    sent = len(due.server.messages)
    await Sender(due.sender.host).send_due()

    assert MAX_CONNECTIONS < sent <= 2 * MAX_CONNECTIONS
    assert len(due.server.messages) == 1 + 3 * MAX_CONNECTIONS
    assert len({message["Message-ID"] for message in due.server.messages}) == 1 + 3 * MAX_CONNECTIONS


async def test_what_falls_due_while_the_last_mail_is_on_its_way_goes_out_after_it(
    desk: Desk, due: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.account(expires_on=desk.today(), mail_domain="plant.example")
    await plan_due(clock.now())
    commit = SmtpSession.commit

    async def files_before_the_dot(line: SmtpSession) -> str:
        if len(due.server.messages) == 1:
            await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
        return await commit(line)

    monkeypatch.setattr(SmtpSession, "commit", files_before_the_dot)
    await due.sender.send_due()

    assert len(due.to("carla@platform.example")) == 1


async def test_a_host_that_says_later_is_asked_again_later(due: Post) -> None:
    due.server.replies_to_recipients[ADA] = "452 4.2.2 mailbox full"
    await due.goes_out()
    assert (await reminder())[0] == "WAITING"

    due.server.replies_to_recipients.clear()
    clock.advance(timedelta(minutes=2))
    await due.goes_out()

    assert await reminder() == ("SENT", None)
    assert len(due.server.messages) == 1


async def test_a_greylist_is_given_five_minutes(due: Post) -> None:
    due.server.replies_to_recipients[ADA] = "450 4.7.1 Greylisted"
    await due.goes_out()
    due.server.replies_to_recipients.clear()

    clock.advance(timedelta(minutes=4, seconds=59))
    await due.goes_out()
    assert due.server.messages == []
    clock.advance(timedelta(minutes=2))
    await due.goes_out()

    assert len(due.server.messages) == 1


async def test_an_address_that_does_not_exist_fails_and_holds_up_nobody_else(desk: Desk, due: Post) -> None:
    due.server.replies_to_recipients[ADA] = "550 5.1.1 no such user"
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)

    await due.goes_out()

    assert await reminder() == ("FAILED", "recipient_refused")
    assert len(due.to("carla@platform.example")) == 1
    assert filed.errors == []


async def test_a_message_that_is_refused_after_its_final_dot_has_failed(due: Post) -> None:
    due.server.reply_to_data = "554 5.7.1 looks like spam"

    await due.goes_out()

    assert await reminder() == ("FAILED", "message_refused")


async def test_a_host_that_is_away_costs_no_mail_a_try_and_is_left_alone_for_a_while(due: Post) -> None:
    sender = Sender(Host.of("smtp://127.0.0.1:9", tls_demanded=False))

    await sender.send_due()

    row = await ledger_row(milestone="EXPIRY_DAY")
    assert (row["state"], row["failures"]) == ("WAITING", 0)
    assert not await sender.breaker.can_try(clock.now() + timedelta(seconds=29))
    clock.advance(timedelta(seconds=30))
    assert await sender.breaker.can_try(clock.now())
    await due.goes_out()
    assert await reminder() == ("SENT", None)


async def test_what_is_in_doubt_goes_out_once_more_after_its_lease_with_the_very_same_bytes(due: Post) -> None:
    due.server.hang_up_after_data = True
    await due.goes_out()
    assert (await reminder())[0] == "IN_DOUBT"
    await due.goes_out()
    assert len(due.server.contents) == 1

    due.server.hang_up_after_data = False
    clock.advance(LEASE)
    await due.goes_out()

    assert await reminder() == ("SENT_MAYBE_TWICE", None)
    first, second = due.server.contents
    assert first == second


async def test_a_second_doubt_is_the_last(due: Post) -> None:
    due.server.hang_up_after_data = True
    for _ in range(3):
        await due.goes_out()
        clock.advance(LEASE)
    await due.goes_out()

    assert await reminder() == ("UNKNOWN", "in_doubt_twice")
    assert len(due.server.contents) == 2


async def test_who_has_lost_a_claim_changes_nothing(due: Post) -> None:
    (slow,) = await claim(clock.now(), 1)
    clock.advance(LEASE)
    (quick,) = await claim(clock.now(), 1)

    assert await end_mails([Outcome(slow.rows, MailState.FAILED, clock.now(), Reason.LATE)]) == [False]
    assert (await reminder())[0] == "CLAIMED"
    assert await end_mails([Outcome(quick.rows, MailState.SENT, clock.now())]) == [True]
    assert await reminder() == ("SENT", None)


async def test_a_mail_that_cannot_be_written_fails_after_three_tries_and_holds_up_nobody_else(
    desk: Desk, due: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    monkeypatch.setattr("backend.mail.term_mails.reminder", lambda *said: 1 / 0)

    for _ in range(3):
        await due.goes_out()
        clock.advance(timedelta(minutes=10))

    assert await reminder() == ("FAILED", "cannot_be_written")
    assert len(due.to("carla@platform.example")) == 1
