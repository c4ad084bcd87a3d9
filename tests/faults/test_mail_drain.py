"""Hosts that are choosy or narrow get every mail once, in a time that has an end; a renewal overtakes its mails."""

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
from tests.faults.mail_workers import POINTS, Trip, is_stopped, postman
from tests.faults.tenants import Town, lines, person
from tests.promises import Promise
from tests.waiting import until

MAILS = 24

SPREAD = (
    "UPDATE mail SET due_at = $1::timestamptz + id * interval '1 ms', next_at = $1::timestamptz + id * interval '1 ms'"
)

MINUTE = timedelta(minutes=1)

LONGEST = timedelta(hours=12)
"""In which all must have arrived."""

TARPIT = 25.0
"""Seconds over each command; a host has 30."""

BEFORE_THE_MARK = ("claimed", "rendered", "mid_data")


def takes_one_in_three(host: FaultyHost) -> None:
    """Two of three are turned away for now, each by another word."""
    host.script.extend(islice(cycle(("rcpt_450", "dot_452", "")), MAILS * 3))


def greylists(host: FaultyHost) -> None:
    """The first try of each is."""
    host.script.extend(["rcpt_greylist"] * MAILS)


def takes_one_line_at_a_time(host: FaultyHost) -> None:
    """A second connection is told to go."""
    host.most_lines = 1


@pytest.mark.parametrize("way", [takes_one_in_three, greylists, takes_one_line_at_a_time])
async def test_a_host_that_defers_or_limits_connections_gets_every_mail_once_in_bounded_time(
    acme: Town, host: FaultyHost, promise: Promise, way: Callable[[FaultyHost], None]
) -> None:
    way(host)
    for _ in range(MAILS):
        await acme.account()
    await plan_due(clock.now())
    began = clock.now()

    async def waits() -> bool:
        return any(row["state"] not in {"SENT", "SKIPPED"} for row in await lines())

    while await waits() and clock.now() < began + LONGEST:
        await Sender(Host.of(host.url, tls_demanded=False)).send_due()
        clock.advance(MINUTE)

    assert sorted(host.copies().values()) == [1] * MAILS
    assert not await waits()
    took = (clock.now() - began) // MINUTE
    promise(f"Minutes until a host that {way.__name__.replace('_', ' ')} had all of {MAILS} mails, once each", took)


@contextmanager
def hurried_loop() -> Iterator[Callable[[float], None]]:
    """Lets so many seconds pass at once for whoever waits in this event loop, and on the desk's clock."""
    loop, skipped = asyncio.get_running_loop(), 0.0
    passes = loop.time

    def skip(seconds: float) -> None:
        nonlocal skipped
        skipped += seconds
        clock.advance(timedelta(seconds=seconds))

    with patch.object(loop, "time", lambda: passes() + skipped):
        yield skip


async def test_a_host_that_answers_just_within_the_command_timeout_gets_every_mail_once(
    acme: Town, host: FaultyHost, promise: Promise
) -> None:
    host.thinks_for = TARPIT
    for _ in range(MAILS):
        await acme.account()
    await plan_due(clock.now())
    began = clock.now()

    with hurried_loop() as skip:
        sending = asyncio.create_task(Sender(Host.of(host.url, tls_demanded=False)).send_due())
        while not sending.done():
            await until(partial(_is_up_to_the_host, sending, host, deque(maxlen=3)))
            skip(TARPIT / 10)
        sent = await sending

    assert sent == MAILS
    assert sorted(host.copies().values()) == [1] * MAILS
    assert {(row["state"], row["failures"]) for row in await lines() if row["state"] != "SKIPPED"} == {("SENT", 0)}
    took = (clock.now() - began) // MINUTE
    promise(
        f"Minutes until a host that takes {TARPIT:.0f} s for each command had all of {MAILS} mails, once each", took
    )


def _is_up_to_the_host(sending: asyncio.Task[int], host: FaultyHost, seen: deque[int]) -> bool:
    """Whether nothing happens, at three looks, until the host has thought."""
    seen.append(host.thoughts)
    return sending.done() or (host.thinking > 0 and len(seen) == 3 and len(set(seen)) == 1)


async def test_mails_that_cannot_be_sent_do_not_delay_the_others(
    acme: Town, host: FaultyHost, long: bool, promise: Promise
) -> None:
    mails, chance = 10_000 if long else 200, random.Random(7)
    for number in range(mails):
        await ledger.new_sign_in(user_id=acme.people[0].id, session_key=str(number), device="A phone")
    await fetch(SPREAD, clock.now() - timedelta(hours=1))
    poisoned = await fetch("UPDATE mail SET facts = '{}' WHERE id % 100 = 50 RETURNING id")
    host.script.extend(chance.choices(("", "rcpt_550", "dot_452"), (93, 2, 5), k=2 * mails))
    began, clock_began = clock.now(), time.monotonic()

    first = await Sender(Host.of(host.url, tls_demanded=False)).send_due()
    took = time.monotonic() - clock_began
    while await fetch("SELECT 1 FROM mail WHERE ended_at IS NULL") and clock.now() < began + LONGEST:
        clock.advance(MINUTE)
        await Sender(Host.of(host.url, tls_demanded=False)).send_due()

    rows = {row["id"]: row for row in await lines()}
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
        f"Of {mails} mails due, with {len(poisoned)} that cannot be written, {failed['recipient_refused']} refused for"
        " good and one in twenty for now: lost, doubled, or sent out of their order",
        0,
    )
    promise("Seconds in which all of them were tried", f"{took:.0f}")
    promise("Minutes until the last of them had its outcome", (clock.now() - began) // MINUTE)


async def renew(account_id: int, ada: User, carla: User) -> None:
    """File a renewal and approve it."""
    filed = await lifecycle.file(Renewal(account_id), by=ada)
    await lifecycle.approve(filed.id, by=carla, seen=(await current_preview(filed))[1].version)


async def test_a_renewal_cancels_a_mail_until_its_eligibility_is_checked_again_and_not_after(
    acme: Town, host: FaultyHost, promise: Promise
) -> None:
    carla, stale = await person("carla@platform.example", None), []
    for point in POINTS:
        account = await acme.account()
        await plan_due(clock.now())
        with postman(Trip(clock.now(), host.port, point, strikes=signal.SIGSTOP)) as sender:
            await until(lambda process=sender: is_stopped(process))  # type: ignore[misc]
            await renew(account.id, acme.people[0], carla)
            assert sender.pid is not None
            os.kill(sender.pid, signal.SIGCONT)
            await asyncio.to_thread(sender.join, 30)
            assert sender.exitcode == 0
        (row,) = await lines(account_id=account.id, milestone="EXPIRY_DAY")
        if (row["state"] != "CANCELLED") == (point in BEFORE_THE_MARK):
            stale.append((point, row["state"]))

    assert stale == []
    promise(f"Mails for an old term after a renewal at one of {len(BEFORE_THE_MARK)} points before the second look", 0)
