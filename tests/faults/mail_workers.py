"""Workers that send mail in processes of their own: they are killed, or stopped, at a named point of a mail's way."""

import asyncio
import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.context import ForkServerProcess

import uvloop

from backend import clock, failpoints, worker
from backend.logging import configure_logs
from backend.mail import sending
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.settings import settings
from backend.storage.database import database

POINTS = ("claimed", "rendered", "mid_data", "marked", "after_dot", "accepted", "recorded")

IN_THE_GAP = {"marked", "after_dot", "accepted"}
"""Between the mark and its outcome on disk: only here may a copy arrive twice."""

PATIENCE = 60.0
"""Seconds."""

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True)
class Trip:
    """One send of all that is due, over so many lines, at an instant, to a host of this machine."""

    at: datetime
    port: int
    point: str = ""
    """Where a signal comes; empty: after so many points of any name."""
    after: int = 1
    """At the how-manieth passing."""
    strikes: signal.Signals = signal.SIGKILL
    lines: int = 1


@contextmanager
def postman(trip: Trip) -> Iterator[ForkServerProcess]:
    """A process that makes this trip; killed at the end of the block if it still lives."""
    process = _processes.Process(target=_deliver, args=(dict(os.environ), trip), daemon=True)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join(PATIENCE)


async def dies(trip: Trip) -> int | None:
    """Make a trip to its end, whatever that is. Returns its exit code, negative for a signal."""
    with postman(trip) as process:
        await asyncio.to_thread(process.join, PATIENCE)
        return process.exitcode


def is_stopped(process: ForkServerProcess) -> bool:
    """Whether a signal has stopped it."""
    with open(f"/proc/{process.pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


def _deliver(environment: dict[str, str], trip: Trip) -> None:
    _begin(environment)
    sending.MAX_CONNECTIONS = trip.lines
    failpoints.arm(_struck_at(trip))
    with clock.set_to(trip.at):
        uvloop.run(_send(trip))


async def _send(trip: Trip) -> None:
    async with database(settings().database_url):
        await Sender(Host.of(f"smtp://127.0.0.1:{trip.port}", tls_demanded=False)).send_due()


def _struck_at(trip: Trip) -> Callable[[str], None]:
    passed = 0

    def reached(point: str) -> None:
        nonlocal passed
        if trip.point in {"", point}:
            passed += 1
            if passed == trip.after:
                os.kill(os.getpid(), trip.strikes)

    return reached


@contextmanager
def working_worker(every: float = 0.5, **settings_of_it: str) -> Iterator[ForkServerProcess]:
    """A whole worker in its own process, with more settings, that looks again after so many seconds."""
    process = _processes.Process(target=_work, args=(dict(os.environ) | settings_of_it, every), daemon=True)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join(PATIENCE)


def _work(environment: dict[str, str], every: float = 0.5) -> None:
    _begin(environment)
    worker.EVERY, worker.LONGEST_PAUSE = every, min(worker.LONGEST_PAUSE, 4 * every)
    worker.run_worker()


@contextmanager
def worker_that_stops_at(point: str, **settings_of_it: str) -> Iterator[ForkServerProcess]:
    """A whole worker that stops itself (SIGSTOP) when it first reaches a point, until somebody lets it go on."""
    process = _processes.Process(
        target=_work_until,
        args=(dict(os.environ) | settings_of_it, Trip(clock.now(), 0, point, strikes=signal.SIGSTOP)),
    )
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join(PATIENCE)


def _work_until(environment: dict[str, str], trip: Trip) -> None:
    failpoints.arm(_struck_at(trip))
    _work(environment)


def _begin(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    settings.cache_clear()
    configure_logs()
