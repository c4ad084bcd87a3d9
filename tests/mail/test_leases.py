"""A claimed mail is its sender's for as long as it is at work on it, and somebody else's soon after it is gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from backend import clock
from backend.accounts.models import Account
from backend.mail import lease_renewal, sending, smtp_session
from backend.mail.claims import Claim
from backend.mail.lease import CLAIM_LEASE, LEASE, claim, mark_unchanged, renew_leases
from backend.mail.models import Mail
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_session import SmtpSession
from backend.storage.database import fetch
from tests.desk import Desk
from tests.mail.conftest import Post, ledger_row
from tests.waiting import until

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def three(desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Three mails are due; the sender has one line, so that it claims each while the one before is on its way."""
    monkeypatch.setattr(sending, "MAX_CONNECTIONS", 1)
    for name in ("north", "south", "west"):
        await desk.account(name=name, expires_on=desk.today(), mail_domain=f"{name}.example")
    await plan_due(clock.now())
    return Post(post.server, Sender(post.sender.host))


async def another_sends(post: Post) -> int:
    """How many mails somebody else finds to send."""
    return await Sender(post.sender.host).send_due()


def names(post: Post) -> list[str]:
    """The Message-ID of each mail that arrived."""
    return [str(message["Message-ID"]) for message in post.server.messages]


async def test_a_mail_that_was_claimed_long_before_its_turn_is_nobody_elses_at_its_final_dot(
    three: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, sent_by_another = SmtpSession.commit, list[int]()

    async def takes_long(line: SmtpSession) -> str:
        if len(three.server.messages) == 1:
            # The third was claimed before this one's dot.
            await until(one_is_claimed)
            clock.advance(LEASE - MINUTE / 2)
        if len(three.server.messages) == 2:
            clock.advance(MINUTE)
            sent_by_another.append(await another_sends(three))
        return await commit(line)

    async def one_is_claimed() -> bool:
        return await Mail.filter(state="CLAIMED").count() == 1

    monkeypatch.setattr(SmtpSession, "commit", takes_long)
    await three.sender.send_due()

    assert sent_by_another == [0]
    assert len(names(three)) == len(set(names(three))) == 3


async def test_what_a_sender_claims_ahead_stays_its_own_while_it_lives(
    three: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_renewal, "RENEW_EVERY_S", 0.01)
    commit, sent_by_another = SmtpSession.commit, list[int]()

    async def takes_long(line: SmtpSession) -> str:
        if len(three.server.messages) == 1:
            await until(is_renewed)
            for _ in range(10):
                clock.advance(CLAIM_LEASE / 2)
                await until(is_renewed)
            sent_by_another.append(await another_sends(three))
        return await commit(line)

    async def is_renewed() -> bool:
        rows = await fetch("SELECT next_at FROM mail WHERE state = 'CLAIMED'")
        return [row["next_at"] for row in rows] == [clock.now() + CLAIM_LEASE]

    monkeypatch.setattr(SmtpSession, "commit", takes_long)
    await three.sender.send_due()

    assert sent_by_another == [0]
    assert len(names(three)) == len(set(names(three))) == 3


async def test_what_a_dead_sender_had_only_claimed_goes_out_within_a_minute_after_it(desk: Desk, post: Post) -> None:
    await desk.account(expires_on=desk.today())
    await plan_due(clock.now())
    assert len(await claim(clock.now(), 1)) == 1

    assert await another_sends(post) == 0
    clock.advance(MINUTE)

    assert await another_sends(post) == 1
    assert (await ledger_row(milestone="EXPIRY_DAY"))["state"] == "SENT"


@pytest.mark.parametrize("changed_meanwhile", [False, True])
async def test_what_may_have_been_accepted_is_left_alone_for_its_long_lease_from_its_mark_on(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch, changed_meanwhile: bool
) -> None:
    await desk.account(expires_on=desk.today())
    post.server.hang_up_after_data = True
    send_body = SmtpSession.send_body

    async def takes_long(line: SmtpSession, message: bytes) -> None:
        await send_body(line, message)
        if changed_meanwhile:
            await Account.all().update(datapoints=70)
        clock.advance(MINUTE / 2)

    monkeypatch.setattr(SmtpSession, "send_body", takes_long)
    await post.goes_out()
    post.server.hang_up_after_data = False

    clock.advance(LEASE - timedelta(seconds=1))
    assert await another_sends(post) == 0
    clock.advance(timedelta(seconds=1))
    assert await another_sends(post) == 1


async def test_a_mark_that_took_nearly_all_of_its_lease_is_taken_back_before_the_final_dot(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.account(expires_on=desk.today())
    marks = list[datetime]()

    async def takes_long_once(mails: Sequence[tuple[Claim, bytes, str]], now: datetime) -> list[bool]:
        marks.append(now)
        answers = await mark_unchanged(mails, now)
        if len(marks) == 1:
            clock.advance(LEASE - MINUTE)
        return answers

    monkeypatch.setattr(sending, "mark_unchanged", takes_long_once)
    await post.goes_out()

    row = await ledger_row(milestone="EXPIRY_DAY")
    assert (len(marks), len(names(post))) == (2, 1)
    assert (row["state"], row["doubts"], row["failures"]) == ("SENT", 1, 0)


async def test_a_lease_on_a_marked_mail_is_longer_than_all_that_its_sender_waits_for() -> None:
    whole = (
        smtp_session.CONNECT_TIMEOUT_S
        + 8 * smtp_session.COMMAND_TIMEOUT_S
        + 2 * smtp_session.ACCEPT_TIMEOUT_S
        + sum(sending.RECORD_RETRY_DELAYS_S)
    )

    assert timedelta(seconds=whole) < LEASE
    assert timedelta(seconds=2 * lease_renewal.RENEW_EVERY_S) < CLAIM_LEASE


async def test_a_renewal_that_fails_is_tried_again(three: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_renewal, "RENEW_EVERY_S", 0.01)
    tries, commit = list[datetime](), SmtpSession.commit

    async def away_once(claims: Sequence[Claim], now: datetime) -> None:
        tries.append(now)
        if len(tries) == 1:
            raise ConnectionResetError("away")
        await renew_leases(claims, now)

    async def takes_long(line: SmtpSession) -> str:
        await until(lambda: len(tries) > 1 or len(three.server.messages) != 1)
        return await commit(line)

    monkeypatch.setattr(lease_renewal, "renew_leases", away_once)
    monkeypatch.setattr(SmtpSession, "commit", takes_long)
    await three.sender.send_due()

    assert len(tries) > 1
    assert len(names(three)) == 3
