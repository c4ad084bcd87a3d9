"""Killed or frozen workers lose no mail, and double one only in the gap of SMTP (docs/mail.md, Marks)."""

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
    GAP_POINTS,
    POINTS,
    TIMEOUT_S,
    SendRun,
    exit_code_of,
    is_stopped,
    mail_worker,
    worker_stopped_at,
)
from tests.faults.tenants import Tenant, create_tenant, ledger_rows, time_zone_at_noon
from tests.promises import Promise
from tests.waiting import until

KILLS_PER_POINT = 20

SENT = {"SENT", "SENT_MAYBE_TWICE"}

DUE_MAILS = 12
"""Mails that wait for a worker that gets SIGTERM: more than it has claimed."""


async def send_after_leases_end(host: FaultyHost, workers: int = 1) -> None:
    """Let other workers send the rest after the leases of killed workers have ended."""
    for _ in range(3):
        clock.advance(LEASE)
        senders = [Sender(Host.of(host.url, tls_demanded=False)) for _ in range(workers)]
        await asyncio.gather(*(sender.send_due() for sender in senders))


async def outcomes_of_mails(host: FaultyHost) -> dict[str, list[tuple[str, int]]]:
    """Mails that were lost, sent more than twice, or sent twice without having been in doubt.

    A mail of two kills in the gap is UNKNOWN, whether it arrived or not: Customer Success sees it, so it is not lost.
    """
    copies = host.copies()
    rows = [row for row in await ledger_rows() if row["state"] != "SKIPPED"]
    outcomes = [(row["state"], copies[row["message_id"]]) for row in rows]
    return {
        "lost": [end for end in outcomes if end[0] != "UNKNOWN" and (end[1] == 0 or end[0] not in SENT)],
        "unknown": [end for end in outcomes if end[0] == "UNKNOWN"],
        "more than two": [end for end in outcomes if end[1] > 2],
        "doubled without a doubt": [end for end in outcomes if end[1] > 1 and end[0] == "SENT"],
        "doubled": [end for end in outcomes if end[1] > 1],
    }


@pytest.mark.parametrize("point", POINTS)
async def test_kills_at_a_failpoint_lose_no_mail_and_double_one_only_in_the_smtp_gap(
    acme: Tenant, host: FaultyHost, promise: Promise, point: str
) -> None:
    for _ in range(2 * KILLS_PER_POINT):  # the next may be claimed before the outcome of one is recorded
        await acme.create_account()
    await plan_due(clock.now())

    codes = [await exit_code_of(SendRun(clock.now(), host.port, point)) for _ in range(KILLS_PER_POINT)]
    clock.advance(CLAIM_LEASE)
    await Sender(Host.of(host.url, tls_demanded=False)).send_due()
    waiting = [row["state"] for row in await ledger_rows() if row["ended_at"] is None]
    await send_after_leases_end(host)

    found = await outcomes_of_mails(host)
    assert codes == [-signal.SIGKILL] * KILLS_PER_POINT
    # Only mails that a killed worker had marked wait for the long lease.
    assert waiting == ["IN_DOUBT"] * (KILLS_PER_POINT if point in GAP_POINTS else 0)
    assert (found["lost"], found["more than two"], found["doubled without a doubt"]) == ([], [], [])
    assert len(found["doubled"]) == (KILLS_PER_POINT if point in {"after_dot", "accepted"} else 0)
    promise(f"{KILLS_PER_POINT} kills when {point}: mails lost, mails doubled", (0, len(found["doubled"])))


async def test_kills_at_random_points_lose_no_mail_and_double_one_only_in_the_smtp_gap(
    acme: Tenant, host: FaultyHost, long: bool, promise: Promise
) -> None:
    kills, mails, rng = (1000, 2000, random.Random(7)) if long else (40, 100, random.Random(7))
    for _ in range(mails):
        await acme.create_account()
    await plan_due(clock.now())

    for kill in range(kills):
        await exit_code_of(SendRun(clock.now(), host.port, after=rng.randint(1, 40), max_connections=4))
        if kill % 8 == 7:
            clock.advance(LEASE / 15)
    await send_after_leases_end(host)

    found = await outcomes_of_mails(host)
    assert (found["lost"], found["more than two"], found["doubled without a doubt"]) == ([], [], [])
    promise(f"Mails lost, of {mails}, by {kills} kills at random points", len(found["lost"]))
    promise("Most copies of one mail", max(host.copies().values()))
    promise("Mails of two kills in SMTP's gap, which are shown as unknown", len(found["unknown"]))
    promise("Of these, mails that did not arrive", sum(copies == 0 for _, copies in found["unknown"]))
    promise("Mails doubled in SMTP's gap", len(found["doubled"]))
    promise("Mails doubled outside it", len(found["doubled without a doubt"]))


@pytest.mark.parametrize("workers", [2, 4])
async def test_a_worker_frozen_beyond_its_lease_doubles_a_mail_only_in_the_smtp_gap(
    acme: Tenant, host: FaultyHost, promise: Promise, workers: int
) -> None:
    doubled_outside = 0
    for point in POINTS:
        for _ in range(workers):
            await acme.create_account()
        await plan_due(clock.now())
        before = host.copies()
        with (
            clock.set_to(clock.now()),
            mail_worker(SendRun(clock.now(), host.port, point, signal_number=signal.SIGSTOP)) as frozen,
        ):
            await until(lambda process=frozen: is_stopped(process))  # type: ignore[misc]
            await send_after_leases_end(host, workers - 1)
            assert frozen.pid is not None
            os.kill(frozen.pid, signal.SIGCONT)
            await asyncio.to_thread(frozen.join, 30)
            assert frozen.exitcode == 0
        doubled = sum(count > 1 for count in (host.copies() - before).values())
        doubled_outside += 0 if point in GAP_POINTS else doubled
        assert doubled <= 1, point

    found = await outcomes_of_mails(host)
    assert (found["lost"], found["more than two"], doubled_outside) == ([], [], 0)
    promise(f"Mails doubled outside SMTP's gap by a frozen worker among {workers}", doubled_outside)


@pytest.mark.parametrize("point", ["mid_data", "marked", "after_dot"])
async def test_a_worker_after_sigterm_finishes_its_claimed_mails_and_claims_no_other(
    connected: None, host: FaultyHost, long: bool, promise: Promise, point: str
) -> None:
    # A whole worker uses the clock of the machine, and no reminder is due before nine in the morning.
    acme, durations_s, times = await create_tenant(time_zone=time_zone_at_noon()), list[float](), 17 if long else 1
    for _ in range(times):
        sent = host.copies()
        for _ in range(DUE_MAILS):
            await acme.create_account()
        await plan_due(clock.now())

        durations_s.append(await seconds_until_ended_by_sigterm(point, host))

        rows = [row for row in await ledger_rows() if row["state"] != "SKIPPED" and row["message_id"] not in sent]
        assert {row["state"] for row in rows} == {"SENT", "WAITING"}
        in_hand = [row["state"] for row in rows].count("SENT")
        assert 1 <= in_hand == len(host.copies() - sent) <= MAX_CONNECTIONS
        await Sender(Host.of(host.url, tls_demanded=False)).send_due()

    rows = [row for row in await ledger_rows() if row["state"] != "SKIPPED"]
    assert sorted(host.copies().values()) == [1] * DUE_MAILS * times
    assert {(row["state"], row["failures"]) for row in rows} == {("SENT", 0)}
    promise(f"Mails lost or doubled, and retries lost, by {times} SIGTERM when {point}", "0, 0")
    promise("Longest time until such a worker had finished its claimed mails", f"{max(durations_s):.1f} s")


async def seconds_until_ended_by_sigterm(point: str, host: FaultyHost) -> float:
    """Send SIGTERM to a whole worker at this failpoint. Returns the seconds until its process has ended."""
    with worker_stopped_at(point, SMTP_URL=host.url) as worker:
        await until(lambda: is_stopped(worker), TIMEOUT_S)
        assert worker.pid is not None
        # SIGTERM stays pending while the process is stopped, and arrives when it continues with its mail.
        os.kill(worker.pid, signal.SIGTERM)
        signalled = time.monotonic()
        os.kill(worker.pid, signal.SIGCONT)
        await asyncio.to_thread(worker.join, TIMEOUT_S)
        assert worker.exitcode == 0
    return time.monotonic() - signalled
