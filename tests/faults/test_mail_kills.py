"""Workers that are killed or frozen lose no mail, and double one only in the gap of SMTP (docs/mail.md, Marks)."""

import asyncio
import os
import random
import signal
import time

import pytest

from backend import clock
from backend.mail.lease import CLAIM_LEASE, LEASE
from backend.mail.planning import plan_due
from backend.mail.sending import MAX_CONNECTIONS, Sender
from backend.mail.smtp_url import Host
from tests.faults.mail_host import FaultyHost
from tests.faults.mail_workers import (
    IN_THE_GAP,
    PATIENCE,
    POINTS,
    Trip,
    dies,
    is_stopped,
    postman,
    worker_that_stops_at,
)
from tests.faults.tenants import Town, lines, town, where_it_is_noon
from tests.promises import Promise
from tests.waiting import until

AT_EACH_POINT = 20

SENT = {"SENT", "SENT_MAYBE_TWICE"}

DUE = 12
"""Mails that wait for a worker which is told to end: more than it has in hand."""


async def sent_by_the_living(host: FaultyHost, workers: int = 1) -> None:
    """Let others send what is left, when the leases of the dead are over."""
    for _ in range(3):
        clock.advance(LEASE)
        senders = [Sender(Host.of(host.url, tls_demanded=False)) for _ in range(workers)]
        await asyncio.gather(*(sender.send_due() for sender in senders))


async def ends(host: FaultyHost) -> dict[str, list[tuple[str, int]]]:
    """What was lost, what came more than twice, and what came twice although nothing was in doubt.

    What was killed twice in the gap is UNKNOWN whether it came or not: Customer Success is shown it, so it is not lost.
    """
    copies = host.copies()
    rows = [row for row in await lines() if row["state"] != "SKIPPED"]
    told = [(row["state"], copies[row["message_id"]]) for row in rows]
    return {
        "lost": [end for end in told if end[0] != "UNKNOWN" and (end[1] == 0 or end[0] not in SENT)],
        "unknown": [end for end in told if end[0] == "UNKNOWN"],
        "more than two": [end for end in told if end[1] > 2],
        "doubled without a doubt": [end for end in told if end[1] > 1 and end[0] == "SENT"],
        "doubled": [end for end in told if end[1] > 1],
    }


@pytest.mark.parametrize("point", POINTS)
async def test_kills_at_a_failpoint_lose_no_mail_and_double_one_only_in_the_smtp_gap(
    acme: Town, host: FaultyHost, promise: Promise, point: str
) -> None:
    for _ in range(2 * AT_EACH_POINT):  # the next may be in hand before what became of one is recorded
        await acme.account()
    await plan_due(clock.now())

    codes = [await dies(Trip(clock.now(), host.port, point)) for _ in range(AT_EACH_POINT)]
    clock.advance(CLAIM_LEASE)
    await Sender(Host.of(host.url, tls_demanded=False)).send_due()
    waiting = [row["state"] for row in await lines() if row["ended_at"] is None]
    await sent_by_the_living(host)

    found = await ends(host)
    assert codes == [-signal.SIGKILL] * AT_EACH_POINT
    # Only what the dead had marked waits for the long lease.
    assert waiting == ["IN_DOUBT"] * (AT_EACH_POINT if point in IN_THE_GAP else 0)
    assert (found["lost"], found["more than two"], found["doubled without a doubt"]) == ([], [], [])
    assert len(found["doubled"]) == (AT_EACH_POINT if point in {"after_dot", "accepted"} else 0)
    promise(f"{AT_EACH_POINT} kills when {point}: mails lost, mails doubled", (0, len(found["doubled"])))


async def test_kills_at_random_points_lose_no_mail_and_double_one_only_in_the_smtp_gap(
    acme: Town, host: FaultyHost, long: bool, promise: Promise
) -> None:
    kills, mails, chance = (1000, 2000, random.Random(7)) if long else (40, 100, random.Random(7))
    for _ in range(mails):
        await acme.account()
    await plan_due(clock.now())

    for kill in range(kills):
        await dies(Trip(clock.now(), host.port, after=chance.randint(1, 40), lines=4))
        if kill % 8 == 7:
            clock.advance(LEASE / 15)
    await sent_by_the_living(host)

    found = await ends(host)
    assert (found["lost"], found["more than two"], found["doubled without a doubt"]) == ([], [], [])
    promise(f"Mails lost, of {mails}, by {kills} kills anywhere", len(found["lost"]))
    promise("Most copies of one mail", max(host.copies().values()))
    promise("Mails killed twice in SMTP's gap, which are shown as unknown", len(found["unknown"]))
    promise("Of these, mails that did not arrive", sum(copies == 0 for _, copies in found["unknown"]))
    promise("Mails doubled in SMTP's gap", len(found["doubled"]))
    promise("Mails doubled outside it", len(found["doubled without a doubt"]))


@pytest.mark.parametrize("workers", [2, 4])
async def test_a_worker_frozen_beyond_its_lease_doubles_a_mail_only_in_the_smtp_gap(
    acme: Town, host: FaultyHost, promise: Promise, workers: int
) -> None:
    doubled_outside = 0
    for point in POINTS:
        for _ in range(workers):
            await acme.account()
        await plan_due(clock.now())
        before = host.copies()
        with clock.set_to(clock.now()), postman(Trip(clock.now(), host.port, point, strikes=signal.SIGSTOP)) as frozen:
            await until(lambda process=frozen: is_stopped(process))  # type: ignore[misc]
            await sent_by_the_living(host, workers - 1)
            assert frozen.pid is not None
            os.kill(frozen.pid, signal.SIGCONT)
            await asyncio.to_thread(frozen.join, 30)
            assert frozen.exitcode == 0
        doubled = sum(count > 1 for count in (host.copies() - before).values())
        doubled_outside += 0 if point in IN_THE_GAP else doubled
        assert doubled <= 1, point

    found = await ends(host)
    assert (found["lost"], found["more than two"], doubled_outside) == ([], [], 0)
    promise(f"Mails doubled outside SMTP's gap by a frozen worker among {workers}", doubled_outside)


@pytest.mark.parametrize("point", ["mid_data", "marked", "after_dot"])
async def test_a_worker_after_sigterm_finishes_its_claimed_mails_and_claims_no_other(
    connected: None, host: FaultyHost, long: bool, promise: Promise, point: str
) -> None:
    # A whole worker goes by the machine's clock, and no reminder is due anywhere before nine in the morning.
    acme, drains, times = await town(time_zone=where_it_is_noon()), list[float](), 17 if long else 1
    for _ in range(times):
        sent = host.copies()
        for _ in range(DUE):
            await acme.account()
        await plan_due(clock.now())

        drains.append(await ends_when_told(point, host))

        rows = [row for row in await lines() if row["state"] != "SKIPPED" and row["message_id"] not in sent]
        assert {row["state"] for row in rows} == {"SENT", "WAITING"}
        in_hand = [row["state"] for row in rows].count("SENT")
        assert 1 <= in_hand == len(host.copies() - sent) <= MAX_CONNECTIONS
        await Sender(Host.of(host.url, tls_demanded=False)).send_due()

    rows = [row for row in await lines() if row["state"] != "SKIPPED"]
    assert sorted(host.copies().values()) == [1] * DUE * times
    assert {(row["state"], row["failures"]) for row in rows} == {("SENT", 0)}
    promise(f"Mails lost or doubled, and tries lost, by {times} SIGTERM when {point}", "0, 0")
    promise("Longest time in which such a worker had finished its mails in hand", f"{max(drains):.1f} s")


async def ends_when_told(point: str, host: FaultyHost) -> float:
    """Send SIGTERM to a whole worker that is at this point of a mail. Returns the seconds until its process is gone."""
    with worker_that_stops_at(point, SMTP_URL=host.url) as worker:
        await until(lambda: is_stopped(worker), PATIENCE)
        assert worker.pid is not None
        # The signal waits for a process that is stopped: it is there when the mail in hand goes on.
        os.kill(worker.pid, signal.SIGTERM)
        told = time.monotonic()
        os.kill(worker.pid, signal.SIGCONT)
        await asyncio.to_thread(worker.join, PATIENCE)
        assert worker.exitcode == 0
    return time.monotonic() - told
