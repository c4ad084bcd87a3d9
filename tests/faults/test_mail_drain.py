"""Hosts that are choosy or narrow get every mail once, in a time that has an end; a renewal overtakes its mails."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle, islice

import pytest

from backend import clock
from backend.identity.models import User
from backend.mail.host import Host
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.requests import lifecycle
from backend.requests.subject import current_preview
from backend.requests.types import Renewal
from tests.faults.mail_host import FaultyHost
from tests.faults.postmen import POINTS, Trip, is_stopped, postman
from tests.faults.town import Town, lines, person
from tests.promises import Promise
from tests.waiting import until

MAILS = 24

MINUTE = timedelta(minutes=1)

LONGEST = timedelta(hours=12)
"""In which all must have arrived."""

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
async def test_a_difficult_host_gets_every_mail_once_in_a_bounded_time(
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


async def renew(account_id: int, ada: User, carla: User) -> None:
    """File a renewal and approve it."""
    filed = await lifecycle.file(Renewal(account_id), by=ada)
    await lifecycle.approve(filed.id, by=carla, seen=(await current_preview(filed))[1].version)


async def test_a_renewal_before_the_second_look_stops_the_mail_and_one_after_it_does_not(
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
