"""Hosts that defer mails or limit connections get every mail once in bounded time; a renewal cancels mails."""

import asyncio
import os
import random
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from unittest.mock import patch

import pytest

from backend import clock
from backend.identity.models import User
from backend.mail import ledger
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.requests import lifecycle
from backend.requests.target import current_preview
from backend.requests.types.renewal import Renewal
from backend.storage.database import fetch
from tests.faults.mail_host import FaultyHost
from tests.faults.mail_workers import POINTS, SendRun, is_stopped, mail_worker
from tests.faults.tenants import Tenant, create_user, ledger_rows
from tests.promises import Promise
from tests.waiting import until

MAILS = 24

SPREAD = (
    "UPDATE mail SET due_at = $1::timestamptz + id * interval '1 ms', next_at = $1::timestamptz + id * interval '1 ms'"
)

MINUTE = timedelta(minutes=1)

MAX_DURATION = timedelta(hours=12)
"""Within which all mails must have been accepted."""

TARPIT_DELAY_S = 25.0
"""Before each reply; the timeout is 30 s."""

POINTS_BEFORE_MARK = ("claimed", "rendered", "mid_data")


def defers_two_of_three(host: FaultyHost) -> None:
    """Defer two of three mails, by different replies."""
    host.script.extend(islice(cycle(("rcpt_450", "dot_452", "")), MAILS * 3))


def greylists(host: FaultyHost) -> None:
    """Greylist the first try of each mail."""
    host.script.extend(["rcpt_greylist"] * MAILS)


def allows_one_connection(host: FaultyHost) -> None:
    """Refuse a second connection."""
    host.max_connections = 1


@pytest.mark.parametrize("way", [defers_two_of_three, greylists, allows_one_connection])
async def test_a_host_that_defers_or_limits_connections_gets_every_mail_once_in_bounded_time(
    acme: Tenant, host: FaultyHost, promise: Promise, way: Callable[[FaultyHost], None]
) -> None:
    way(host)
    for _ in range(MAILS):
        await acme.create_account()
    await plan_due(clock.now())
    began = clock.now()

    async def is_waiting() -> bool:
        return any(row["state"] not in {"SENT", "SKIPPED"} for row in await ledger_rows())

    while await is_waiting() and clock.now() < began + MAX_DURATION:
        await Sender(Host.of(host.url, tls_demanded=False)).send_due()
        clock.advance(MINUTE)

    assert sorted(host.copies().values()) == [1] * MAILS
    assert not await is_waiting()
    took = (clock.now() - began) // MINUTE
    promise(f"Minutes until a host that {way.__name__.replace('_', ' ')} had accepted all {MAILS} mails", took)


@contextmanager
def event_loop_with_skips() -> Iterator[Callable[[float], None]]:
    """A function that skips seconds for all timers of this event loop, and on the desk's clock."""
    loop, skipped = asyncio.get_running_loop(), 0.0
    original_time = loop.time

    def skip(seconds: float) -> None:
        nonlocal skipped
        skipped += seconds
        clock.advance(timedelta(seconds=seconds))

    with patch.object(loop, "time", lambda: original_time() + skipped):
        yield skip


async def test_a_host_that_answers_just_within_the_command_timeout_gets_every_mail_once(
    acme: Tenant, host: FaultyHost, promise: Promise
) -> None:
    host.delay_s = TARPIT_DELAY_S
    for _ in range(MAILS):
        await acme.create_account()
    await plan_due(clock.now())
    began = clock.now()

    with event_loop_with_skips() as skip:
        sending = asyncio.create_task(Sender(Host.of(host.url, tls_demanded=False)).send_due())
        while not sending.done():
            await until(partial(_is_waiting_for_the_host, sending, host, deque(maxlen=3)))
            skip(TARPIT_DELAY_S / 10)
        sent = await sending

    assert sent == MAILS
    assert sorted(host.copies().values()) == [1] * MAILS
    assert {(row["state"], row["failures"]) for row in await ledger_rows() if row["state"] != "SKIPPED"} == {
        ("SENT", 0)
    }
    took = (clock.now() - began) // MINUTE
    promise(
        f"Minutes until a host that takes {TARPIT_DELAY_S:.0f} s for each command had accepted all {MAILS} mails",
        took,
    )


def _is_waiting_for_the_host(sending: asyncio.Task[int], host: FaultyHost, samples: deque[int]) -> bool:
    """Whether sending is done, or waits for the host: three samples are equal."""
    samples.append(host.delays)
    return sending.done() or (host.delayed > 0 and len(samples) == 3 and len(set(samples)) == 1)


async def test_mails_that_cannot_be_sent_do_not_delay_the_others(
    acme: Tenant, host: FaultyHost, long: bool, promise: Promise
) -> None:
    mails, rng = 10_000 if long else 200, random.Random(7)
    for number in range(mails):
        await ledger.new_sign_in(user_id=acme.users[0].id, session_key=str(number), device="A phone")
    await fetch(SPREAD, clock.now() - timedelta(hours=1))
    poisoned = await fetch("UPDATE mail SET facts = '{}' WHERE id % 100 = 50 RETURNING id")
    host.script.extend(rng.choices(("", "rcpt_550", "dot_452"), (93, 2, 5), k=2 * mails))
    began, clock_began = clock.now(), time.monotonic()

    first = await Sender(Host.of(host.url, tls_demanded=False)).send_due()
    took = time.monotonic() - clock_began
    while await fetch("SELECT 1 FROM mail WHERE ended_at IS NULL") and clock.now() < began + MAX_DURATION:
        clock.advance(MINUTE)
        await Sender(Host.of(host.url, tls_demanded=False)).send_due()

    rows = {row["id"]: row for row in await ledger_rows()}
    failed = Counter(row["reason"] for row in rows.values() if row["state"] == "FAILED")
    assert failed["cannot_be_written"] == len(poisoned) == mails // 100
    assert failed.total() - failed["cannot_be_written"] == failed["recipient_refused"] > 0
    sent = [row for row in rows.values() if row["state"] == "SENT"]
    assert len(sent) == mails - failed.total() >= first
    assert host.copies() == Counter(row["message_id"] for row in sent)
    places = {name: place for place, name in enumerate(host.copies())}
    oldest, newest = (
        [places[row["message_id"]] for row in sent if not row["failures"] and row["id"] in part]
        for part in (sorted(rows)[: mails // 10], sorted(rows)[-mails // 10 :])
    )
    assert max(oldest) < min(newest)
    promise(
        f"Of {mails} due mails, with {len(poisoned)} that cannot be rendered, {failed['recipient_refused']} refused for"
        " good and one in twenty for now: lost, doubled, or sent out of their order",
        0,
    )
    promise("Seconds until all of them were tried", f"{took:.0f}")
    promise("Minutes until the last of them had its outcome", (clock.now() - began) // MINUTE)


async def renew(account_id: int, ada: User, carla: User) -> None:
    """File and approve a renewal."""
    filed = await lifecycle.file(Renewal(account_id), by=ada)
    _, preview = await current_preview(filed)
    await lifecycle.approve(filed.id, by=carla, preview_version=preview.version)


async def test_a_renewal_cancels_a_mail_until_its_eligibility_is_checked_again_and_not_after(
    acme: Tenant, host: FaultyHost, promise: Promise
) -> None:
    carla, stale = await create_user("carla@platform.example", None), []
    for point in POINTS:
        account = await acme.create_account()
        await plan_due(clock.now())
        with mail_worker(SendRun(clock.now(), host.port, point, signal_number=signal.SIGSTOP)) as sender:
            await until(lambda process=sender: is_stopped(process))  # type: ignore[misc]
            await renew(account.id, acme.users[0], carla)
            assert sender.pid is not None
            os.kill(sender.pid, signal.SIGCONT)
            await asyncio.to_thread(sender.join, 30)
            assert sender.exitcode == 0
        (row,) = await ledger_rows(account_id=account.id, milestone="EXPIRY_DAY")
        if (row["state"] != "CANCELLED") == (point in POINTS_BEFORE_MARK):
            stale.append((point, row["state"]))

    assert stale == []
    promise(
        f"Mails for an old term after a renewal at one of {len(POINTS_BEFORE_MARK)} failpoints before the second check",
        0,
    )
