"""Each fault of a mail host has its one verdict (docs/mail.md, SMTP phases)."""

from datetime import timedelta

import pytest

from backend import clock
from backend.mail import smtp_session as line_module
from backend.mail.lease import LEASE
from backend.mail.models import MailHost
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_session import InDoubt, NotNow, SmtpSession
from backend.mail.smtp_url import Host
from tests.faults.mail_host import FaultyHost
from tests.faults.proxy import proxy_before
from tests.faults.tenants import Town, lines
from tests.promises import Promise
from tests.running import MONDAY_MORNING

AGAIN, UNPAID, DOUBT, SENT, FAILED = ("WAITING", 1), ("WAITING", 0), ("IN_DOUBT", 0), ("SENT", 0), ("FAILED", 0)

VERDICTS = {
    # The host is at fault: its breaker opens, and no mail loses a try.
    "no_greeting": (UNPAID, 0, "SENT", 1),
    "reset_greeting": (UNPAID, 0, "SENT", 1),
    "greeting_554": (UNPAID, 0, "SENT", 1),
    "greeting_421": (UNPAID, 0, "SENT", 1),
    "ehlo_hangs": (UNPAID, 0, "SENT", 1),
    "ehlo_drops": (UNPAID, 0, "SENT", 1),
    "mail_421": (UNPAID, 0, "SENT", 1),
    "mail_421_in_bytes": (UNPAID, 0, "SENT", 1),
    "mail_drops": (UNPAID, 0, "SENT", 1),
    "mail_hangs": (UNPAID, 0, "SENT", 1),
    # For a while.
    "mail_451": (AGAIN, 0, "SENT", 1),
    "rcpt_421": (AGAIN, 0, "SENT", 1),
    "rcpt_450": (AGAIN, 0, "SENT", 1),
    "rcpt_450_in_bytes": (AGAIN, 0, "SENT", 1),
    "rcpt_552": (AGAIN, 0, "SENT", 1),
    "rcpt_greylist": (AGAIN, 0, "SENT", 1),
    "rcpt_wait": (AGAIN, 0, "SENT", 1),
    "rcpt_garbage": (AGAIN, 0, "SENT", 1),
    "rcpt_drops": (AGAIN, 0, "SENT", 1),
    "rcpt_hangs": (AGAIN, 0, "SENT", 1),
    "data_451": (AGAIN, 0, "SENT", 1),
    "data_451_in_bytes": (AGAIN, 0, "SENT", 1),
    "data_drops": (AGAIN, 0, "SENT", 1),
    "data_hangs": (AGAIN, 0, "SENT", 1),
    "body_drops": (AGAIN, 0, "SENT", 1),
    "body_resets": (AGAIN, 0, "SENT", 1),
    "dot_421": (AGAIN, 0, "SENT", 1),
    "dot_452": (AGAIN, 0, "SENT", 1),
    "dot_452_in_bytes": (AGAIN, 0, "SENT", 1),
    # For ever.
    "rcpt_550": (FAILED, 0, "FAILED", 0),
    "data_554": (FAILED, 0, "FAILED", 0),
    "dot_554": (FAILED, 0, "FAILED", 0),
    # Nobody can know; only the judge does. What was not read to its end was not taken, and so arrives once.
    "body_hangs": (DOUBT, 0, "SENT_MAYBE_TWICE", 1),
    "dot_drops": (DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    "dot_resets": (DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    "dot_hangs": (DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    "dot_half": (DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    "dot_garbage": (DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    # Taken, whatever the line does afterwards.
    "dot_ok_then_reset": (SENT, 1, "SENT", 1),
    "dot_ok_in_bytes": (SENT, 1, "SENT", 1),
    "quit_hangs": (SENT, 1, "SENT", 1),
}
"""For each fault: state and failures after the first try, copies then; the outcome, and copies in the end."""


@pytest.fixture
async def acme(acme: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The organisation, and a sender that loses patience soon."""
    monkeypatch.setattr(line_module, "CONNECT_TIMEOUT_S", 0.3)
    monkeypatch.setattr(line_module, "COMMAND_TIMEOUT_S", 0.3)
    monkeypatch.setattr(line_module, "ACCEPT_TIMEOUT_S", 0.5)
    return acme


def sender_to(host: FaultyHost) -> Sender:
    """A worker's sender."""
    return Sender(Host.of(host.url, tls_demanded=False))


async def _course_of(fault: str, acme: Town, host: FaultyHost) -> tuple[tuple[str, int], int, str, int]:
    """What becomes of one mail that meets the fault at its first try, and what the judge has then and in the end."""
    await MailHost.all().update(faults=0, open_until=None)
    account = await acme.account()
    await plan_due(clock.now())
    before = host.copies().total()
    host.script.append(fault)
    await sender_to(host).send_due()
    assert not host.script, fault
    (first,) = await lines(account_id=account.id, milestone="EXPIRY_DAY")
    copies = host.copies().total() - before
    for _ in range(4):  # as often as a mail may wait, with the host well again
        clock.advance(LEASE)
        await sender_to(host).send_due()
    (last,) = await lines(account_id=account.id, milestone="EXPIRY_DAY")
    return (first["state"], first["failures"]), copies, last["state"], host.copies().total() - before


async def test_each_smtp_fault_has_its_declared_outcome(acme: Town, host: FaultyHost, promise: Promise) -> None:
    mismatches = []
    for fault, expected in VERDICTS.items():
        with clock.set_to(MONDAY_MORNING):
            seen = await _course_of(fault, acme, host)
        if seen != expected:
            mismatches.append((fault, seen, expected))

    assert mismatches == []
    promise(f"Faults of a mail host, of {len(VERDICTS)}, that were judged wrongly", len(mismatches))
    promise("Most copies of one mail", max(host.copies().values()))


async def test_a_connection_lost_before_the_final_dot_is_retried_and_one_lost_after_it_is_in_doubt(
    acme: Town, host: FaultyHost
) -> None:
    long_message = b"Message-ID: <long@acme.example>\r\n\r\n" + b"x" * 998 + b"\r\n"
    host.script.append("body_resets")
    line = SmtpSession(Host.of(host.url, tls_demanded=False))
    await line.envelope("accounts@platform.example", "ada@acme.example")
    with pytest.raises(NotNow, match="before the end"):
        # More than the system takes at once: the break is noticed before the dot is written.
        await line.send_body(long_message + (b"y" * 998 + b"\r\n") * 20_000)

    host.script.append("dot_resets")
    await line.envelope("accounts@platform.example", "ada@acme.example")
    await line.send_body(long_message)
    with pytest.raises(InDoubt):
        await line.commit()

    assert host.copies() == {"<long@acme.example>": 1}


async def test_a_connection_closed_between_two_mails_counts_as_no_failure(acme: Town, host: FaultyHost) -> None:
    line = SmtpSession(Host.of(host.url, tls_demanded=False))
    for fault in ("", "mail_drops", "rcpt_421"):
        if fault:
            host.script.append(fault)
        await line.envelope("accounts@platform.example", "ada@acme.example")
        await line.send_body(b"Message-ID: <one@acme.example>\r\n\r\nHello\r\n")
        await line.commit()

    assert host.copies().total() == 3


async def test_a_connection_reset_leaves_a_mail_in_doubt_only_after_its_mark(acme: Town, host: FaultyHost) -> None:
    account = await acme.account()
    await plan_due(clock.now())
    async with proxy_before(host.port) as proxy:
        sender = Sender(Host.of(f"smtp://127.0.0.1:{proxy.port}", tls_demanded=False))
        proxy.reset_after = 150  # somewhere among the commands, or early in the message
        await sender.send_due()
        cut = (await lines(account_id=account.id, milestone="EXPIRY_DAY"))[0]
        proxy.reset_after = None
        clock.advance(LEASE)
        await sender.send_due()

    (row,) = await lines(account_id=account.id, milestone="EXPIRY_DAY")
    assert cut["state"] in {"WAITING", "IN_DOUBT"}
    assert (row["state"], host.copies()[row["message_id"]]) == (
        "SENT_MAYBE_TWICE" if cut["state"] == "IN_DOUBT" else "SENT",
        1,
    )


async def test_a_retry_delay_named_by_the_host_is_respected(acme: Town, host: FaultyHost) -> None:
    await acme.account()
    await plan_due(clock.now())
    host.script.append("rcpt_wait")
    sender = sender_to(host)
    await sender.send_due()

    clock.advance(timedelta(minutes=19, seconds=59))
    await sender.send_due()
    assert host.copies().total() == 0
    clock.advance(timedelta(seconds=1))
    await sender.send_due()

    assert host.copies().total() == 1


async def test_a_host_that_allows_one_connection_gets_all_mails_over_it(acme: Town, host: FaultyHost) -> None:
    host.most_lines = 1
    for _ in range(12):
        await acme.account()
    await plan_due(clock.now())
    sender = sender_to(host)

    for _ in range(3):
        await sender.send_due()
        clock.advance(timedelta(seconds=30))

    rows = [row for row in await lines() if row["milestone"] == "EXPIRY_DAY"]
    assert {(row["state"], row["failures"]) for row in rows} == {("SENT", 0)}
    assert max(host.copies().values()) == 1


async def test_a_refused_sender_domain_delays_only_its_own_accounts(acme: Town, host: FaultyHost) -> None:
    for _ in range(2):
        await acme.account()
    await plan_due(clock.now())
    host.script.append("mail_550")
    sender = sender_to(host)

    await sender.send_due()

    # They go out side by side: either may be the one that is refused.
    assert sorted(row["state"] for row in await lines() if row["milestone"] == "EXPIRY_DAY") == ["SENT", "WAITING"]


async def test_the_circuit_breaker_probes_a_host_with_one_mail(acme: Town, host: FaultyHost) -> None:
    for _ in range(8):
        await acme.account()
    await plan_due(clock.now())
    async with proxy_before(host.port) as proxy:
        sender = Sender(Host.of(f"smtp://127.0.0.1:{proxy.port}", tls_demanded=False))
        proxy.refuses = True
        await sender.send_due()
        tried = proxy.lines
        for _ in range(3):
            clock.advance(timedelta(minutes=10))
            await sender.send_due()
        probes = proxy.lines - tried
        proxy.refuses = False
        clock.advance(timedelta(minutes=10))
        await sender.send_due()

    assert probes == 3
    assert {row["failures"] for row in await lines()} == {0}
    assert len(host.copies()) == 8
