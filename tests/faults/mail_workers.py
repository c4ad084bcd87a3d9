"""Mail workers in processes of their own, killed or stopped at a named failpoint."""

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

GAP_POINTS = {"marked", "after_dot", "accepted"}
"""Failpoints between the IN_DOUBT mark and the stored outcome: only here may a mail be sent twice."""

TIMEOUT_S = 60.0
"""For a process to end."""

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True)
class SendRun:
    """One run that sends all due mails at an instant to a local host."""

    at: datetime
    port: int
    point: str = ""
    """Failpoint at which the process gets the signal; empty for any failpoint."""
    after: int = 1
    """How often the failpoint is passed until then, counted from 1."""
    signal_number: signal.Signals = signal.SIGKILL
    max_connections: int = 1


@contextmanager
def mail_worker(run: SendRun) -> Iterator[ForkServerProcess]:
    """A process that executes this run; killed at the end of the block if it is still alive."""
    process = _processes.Process(target=_run_sender, args=(dict(os.environ), run), daemon=True)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join(TIMEOUT_S)


async def exit_code_of(run: SendRun) -> int | None:
    """Execute a run in its own process. Returns its exit code, negative for a signal, or None after TIMEOUT_S."""
    with mail_worker(run) as process:
        await asyncio.to_thread(process.join, TIMEOUT_S)
        return process.exitcode


def is_stopped(process: ForkServerProcess) -> bool:
    """Whether the process is stopped by SIGSTOP."""
    with open(f"/proc/{process.pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


def _run_sender(environment: dict[str, str], run: SendRun) -> None:
    _prepare_process(environment)
    sending.MAX_CONNECTIONS = run.max_connections
    failpoints.arm(_signal_at(run))
    with clock.set_to(run.at):
        uvloop.run(_send(run))


async def _send(run: SendRun) -> None:
    async with database(settings().database_url):
        await Sender(Host.of(f"smtp://127.0.0.1:{run.port}", tls_demanded=False)).send_due()


def _signal_at(run: SendRun) -> Callable[[str], None]:
    passed = 0

    def on_failpoint(point: str) -> None:
        nonlocal passed
        if run.point in {"", point}:
            passed += 1
            if passed == run.after:
                os.kill(os.getpid(), run.signal_number)

    return on_failpoint


@contextmanager
def worker_process(interval_s: float = 0.5, **overrides: str) -> Iterator[ForkServerProcess]:
    """A whole worker in its own process; ``overrides`` are environment variables."""
    process = _processes.Process(target=_run_worker, args=(dict(os.environ) | overrides, interval_s), daemon=True)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join(TIMEOUT_S)


def _run_worker(environment: dict[str, str], interval_s: float = 0.5) -> None:
    _prepare_process(environment)
    worker.LOOK_INTERVAL_S, worker.MAX_PAUSE_S = interval_s, min(worker.MAX_PAUSE_S, 4 * interval_s)
    worker.run_worker()


@contextmanager
def worker_stopped_at(point: str, **overrides: str) -> Iterator[ForkServerProcess]:
    """A whole worker that sends itself SIGSTOP at the first pass of a failpoint."""
    process = _processes.Process(
        target=_run_worker_until,
        args=(dict(os.environ) | overrides, SendRun(clock.now(), 0, point, signal_number=signal.SIGSTOP)),
    )
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join(TIMEOUT_S)


def _run_worker_until(environment: dict[str, str], run: SendRun) -> None:
    failpoints.arm(_signal_at(run))
    _run_worker(environment)


def _prepare_process(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    settings.cache_clear()
    configure_logs()
