"""Each fault of a mail host has one outcome (docs/mail.md, SMTP phases)."""

from datetime import timedelta

import pytest

from backend import clock
from backend.mail import smtp_session
from backend.mail.lease import LEASE
from backend.mail.models import MailHost
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_session import InDoubt, NotNow, SmtpSession
from backend.mail.smtp_url import Host
from tests.faults.mail_host import FaultyHost
from tests.faults.proxy import proxy_before
from tests.faults.tenants import Tenant, ledger_rows
from tests.promises import Promise
from tests.running import MONDAY_MORNING

RETRY, NO_TRY_LOST, IN_DOUBT, SENT, FAILED = ("WAITING", 1), ("WAITING", 0), ("IN_DOUBT", 0), ("SENT", 0), ("FAILED", 0)

OUTCOMES = {
    # Faults of the host: its circuit breaker opens, and no mail loses a try.
    "no_greeting": (NO_TRY_LOST, 0, "SENT", 1),
    "reset_greeting": (NO_TRY_LOST, 0, "SENT", 1),
    "greeting_554": (NO_TRY_LOST, 0, "SENT", 1),
    "greeting_421": (NO_TRY_LOST, 0, "SENT", 1),
    "ehlo_hangs": (NO_TRY_LOST, 0, "SENT", 1),
    "ehlo_drops": (NO_TRY_LOST, 0, "SENT", 1),
    "mail_421": (NO_TRY_LOST, 0, "SENT", 1),
    "mail_421_in_bytes": (NO_TRY_LOST, 0, "SENT", 1),
    "mail_drops": (NO_TRY_LOST, 0, "SENT", 1),
    "mail_hangs": (NO_TRY_LOST, 0, "SENT", 1),
    # Transient.
    "mail_451": (RETRY, 0, "SENT", 1),
    "rcpt_421": (RETRY, 0, "SENT", 1),
    "rcpt_450": (RETRY, 0, "SENT", 1),
    "rcpt_450_in_bytes": (RETRY, 0, "SENT", 1),
    "rcpt_552": (RETRY, 0, "SENT", 1),
    "rcpt_greylist": (RETRY, 0, "SENT", 1),
    "rcpt_wait": (RETRY, 0, "SENT", 1),
    "rcpt_garbage": (RETRY, 0, "SENT", 1),
    "rcpt_drops": (RETRY, 0, "SENT", 1),
    "rcpt_hangs": (RETRY, 0, "SENT", 1),
    "data_451": (RETRY, 0, "SENT", 1),
    "data_451_in_bytes": (RETRY, 0, "SENT", 1),
    "data_drops": (RETRY, 0, "SENT", 1),
    "data_hangs": (RETRY, 0, "SENT", 1),
    "body_drops": (RETRY, 0, "SENT", 1),
    "body_resets": (RETRY, 0, "SENT", 1),
    "dot_421": (RETRY, 0, "SENT", 1),
    "dot_452": (RETRY, 0, "SENT", 1),
    "dot_452_in_bytes": (RETRY, 0, "SENT", 1),
    # Permanent.
    "rcpt_550": (FAILED, 0, "FAILED", 0),
    "data_554": (FAILED, 0, "FAILED", 0),
    "dot_554": (FAILED, 0, "FAILED", 0),
    # In doubt: only the journal of the host can say. A message that was not read to its end arrives once.
    "body_hangs": (IN_DOUBT, 0, "SENT_MAYBE_TWICE", 1),
    "dot_drops": (IN_DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    "dot_resets": (IN_DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    "dot_hangs": (IN_DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    "dot_half": (IN_DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    "dot_garbage": (IN_DOUBT, 1, "SENT_MAYBE_TWICE", 2),
    # Accepted, whatever happens to the connection afterwards.
    "dot_ok_then_reset": (SENT, 1, "SENT", 1),
    "dot_ok_in_bytes": (SENT, 1, "SENT", 1),
    "quit_hangs": (SENT, 1, "SENT", 1),
}
"""For each fault: state and failures after the first try, copies then; the outcome, and copies in the end."""


@pytest.fixture
async def acme(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """The organisation, and a sender with short timeouts."""
    monkeypatch.setattr(smtp_session, "CONNECT_TIMEOUT_S", 0.3)
    monkeypatch.setattr(smtp_session, "COMMAND_TIMEOUT_S", 0.3)
    monkeypatch.setattr(smtp_session, "ACCEPT_TIMEOUT_S", 0.5)
    return acme


def sender_to(host: FaultyHost) -> Sender:
    """A sender to this host."""
    return Sender(Host.of(host.url, tls_demanded=False))


async def _outcome_of(fault: str, acme: Tenant, host: FaultyHost) -> tuple[tuple[str, int], int, str, int]:
    """State, failures and copies of one mail after a first try with the fault, and its state and copies in the end."""
    await MailHost.all().update(faults=0, open_until=None)
    account = await acme.create_account()
    await plan_due(clock.now())
    before = host.copies().total()
    host.script.append(fault)
    await sender_to(host).send_due()
    assert not host.script, fault
    (first,) = await ledger_rows(account_id=account.id, milestone="EXPIRY_DAY")
    copies = host.copies().total() - before
    for _ in range(4):  # as often as a mail is retried, with a host without faults
        clock.advance(LEASE)
        await sender_to(host).send_due()
    (last,) = await ledger_rows(account_id=account.id, milestone="EXPIRY_DAY")
    return (first["state"], first["failures"]), copies, last["state"], host.copies().total() - before


async def test_each_smtp_fault_has_its_declared_outcome(acme: Tenant, host: FaultyHost, promise: Promise) -> None:
    mismatches = []
    for fault, expected in OUTCOMES.items():
        with clock.set_to(MONDAY_MORNING):
            outcome = await _outcome_of(fault, acme, host)
        if outcome != expected:
            mismatches.append((fault, outcome, expected))

    assert mismatches == []
    promise(f"Faults of a mail host, of {len(OUTCOMES)}, with a wrong outcome", len(mismatches))
    promise("Most copies of one mail", max(host.copies().values()))


async def test_a_connection_lost_before_the_final_dot_is_retried_and_one_lost_after_it_is_in_doubt(
    acme: Tenant, host: FaultyHost
) -> None:
    long_message = b"Message-ID: <long@acme.example>\r\n\r\n" + b"x" * 998 + b"\r\n"
    host.script.append("body_resets")
    session = SmtpSession(Host.of(host.url, tls_demanded=False))
    await session.envelope("accounts@platform.example", "ada@acme.example")
    with pytest.raises(NotNow, match="before the end"):
        # More than the kernel buffers: the reset is noticed before the final dot is written.
        await session.send_body(long_message + (b"y" * 998 + b"\r\n") * 20_000)

    host.script.append("dot_resets")
    await session.envelope("accounts@platform.example", "ada@acme.example")
    await session.send_body(long_message)
    with pytest.raises(InDoubt):
        await session.commit()

    assert host.copies() == {"<long@acme.example>": 1}


async def test_a_connection_closed_between_two_mails_counts_as_no_failure(acme: Tenant, host: FaultyHost) -> None:
    session = SmtpSession(Host.of(host.url, tls_demanded=False))
    for fault in ("", "mail_drops", "rcpt_421"):
        if fault:
            host.script.append(fault)
        await session.envelope("accounts@platform.example", "ada@acme.example")
        await session.send_body(b"Message-ID: <one@acme.example>\r\n\r\nHello\r\n")
        await session.commit()

    assert host.copies().total() == 3


async def test_a_connection_reset_leaves_a_mail_in_doubt_only_after_its_mark(acme: Tenant, host: FaultyHost) -> None:
    account = await acme.create_account()
    await plan_due(clock.now())
    async with proxy_before(host.port) as proxy:
        sender = Sender(Host.of(f"smtp://127.0.0.1:{proxy.port}", tls_demanded=False))
        proxy.reset_after = 150  # somewhere among the commands, or early in the message
        await sender.send_due()
        cut = (await ledger_rows(account_id=account.id, milestone="EXPIRY_DAY"))[0]
        proxy.reset_after = None
        clock.advance(LEASE)
        await sender.send_due()

    (row,) = await ledger_rows(account_id=account.id, milestone="EXPIRY_DAY")
    assert cut["state"] in {"WAITING", "IN_DOUBT"}
    assert (row["state"], host.copies()[row["message_id"]]) == (
        "SENT_MAYBE_TWICE" if cut["state"] == "IN_DOUBT" else "SENT",
        1,
    )


async def test_a_retry_delay_named_by_the_host_is_respected(acme: Tenant, host: FaultyHost) -> None:
    await acme.create_account()
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


async def test_a_host_that_allows_one_connection_gets_all_mails_over_it(acme: Tenant, host: FaultyHost) -> None:
    host.max_connections = 1
    for _ in range(12):
        await acme.create_account()
    await plan_due(clock.now())
    sender = sender_to(host)

    for _ in range(3):
        await sender.send_due()
        clock.advance(timedelta(seconds=30))

    rows = [row for row in await ledger_rows() if row["milestone"] == "EXPIRY_DAY"]
    assert {(row["state"], row["failures"]) for row in rows} == {("SENT", 0)}
    assert max(host.copies().values()) == 1


async def test_a_refused_sender_domain_delays_only_its_own_accounts(acme: Tenant, host: FaultyHost) -> None:
    for _ in range(2):
        await acme.create_account()
    await plan_due(clock.now())
    host.script.append("mail_550")
    sender = sender_to(host)

    await sender.send_due()

    # They are sent concurrently: either may be the one that is refused.
    assert sorted(row["state"] for row in await ledger_rows() if row["milestone"] == "EXPIRY_DAY") == [
        "SENT",
        "WAITING",
    ]


async def test_the_circuit_breaker_probes_a_host_with_one_mail(acme: Tenant, host: FaultyHost) -> None:
    for _ in range(8):
        await acme.create_account()
    await plan_due(clock.now())
    async with proxy_before(host.port) as proxy:
        sender = Sender(Host.of(f"smtp://127.0.0.1:{proxy.port}", tls_demanded=False))
        proxy.refuses_connections = True
        await sender.send_due()
        tried = proxy.connections
        for _ in range(3):
            clock.advance(timedelta(minutes=10))
            await sender.send_due()
        probes = proxy.connections - tried
        proxy.refuses_connections = False
        clock.advance(timedelta(minutes=10))
        await sender.send_due()

    assert probes == 3
    assert {row["failures"] for row in await ledger_rows()} == {0}
    assert len(host.copies()) == 8
