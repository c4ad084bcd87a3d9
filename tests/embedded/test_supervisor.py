"""The supervisor starts what is ready, restarts what ends, and stops everything."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from backend.embedded import processes, supervisor
from backend.embedded.part import Part
from backend.embedded.supervisor import NotReady, Supervisor
from tests.waiting import until

SAYS_WHEN_IT_ENDS = """
import signal, sys, time
name, file = sys.argv[1:]
def end(*_):
    with open(file, "a") as ends:
        ends.write(name + " ")
    sys.exit()
signal.signal(signal.SIGTERM, end)
open(file + name, "w").close()
while True:
    time.sleep(60)
"""


async def at_once() -> bool:
    return True


async def never() -> bool:
    return False


def sleeper(name: str = "sleeper") -> Part:
    return Part(name, ("/bin/sleep", "3600"), at_once)


async def test_what_ends_is_started_again(tmp_path: Path) -> None:
    ended: list[str] = []
    desk = Supervisor(tmp_path, on_restart=ended.append)
    await desk.start(sleeper())
    first = desk.pid_of("sleeper")

    os.kill(first, signal.SIGKILL)

    await until(lambda: desk.pid_of("sleeper") != first)
    assert ended == ["sleeper"]
    await desk.stop()


async def test_what_cannot_be_started_again_at_once_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "MIN_PAUSE_S", 0.01)
    program = tmp_path / "program"
    program.symlink_to("/bin/sleep")
    desk = Supervisor(tmp_path / "logs")
    await desk.start(Part("sleeper", (str(program), "3600"), at_once))
    first = desk.pid_of("sleeper")

    program.unlink()
    os.kill(first, signal.SIGKILL)
    await until(lambda: "No such file" in (tmp_path / "logs" / "sleeper.log").read_text())
    program.symlink_to("/bin/sleep")

    await until(lambda: desk.pid_of("sleeper") != first)
    await desk.stop()


async def test_the_last_started_is_stopped_first(tmp_path: Path) -> None:
    ends = tmp_path / "ends"

    def part(name: str) -> Part:
        async def runs() -> bool:
            return os.path.exists(f"{ends}{name}")  # noqa: ASYNC240

        return Part(name, (sys.executable, "-c", SAYS_WHEN_IT_ENDS, name, str(ends)), runs)

    desk = Supervisor(tmp_path / "logs")
    for name in ("database", "queue", "server"):
        await desk.start(part(name))

    await desk.stop()

    assert ends.read_text().split() == ["server", "queue", "database"]


async def test_what_does_not_heed_the_stop_signal_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_TIMEOUT_S", 0.1)
    ready = tmp_path / "ready"

    async def is_deaf() -> bool:
        return ready.exists()

    desk = Supervisor(tmp_path / "logs")
    await desk.start(Part("deaf", ("/bin/sh", "-c", f"trap '' TERM; touch {ready}; sleep 3600"), is_deaf))
    pid = desk.pid_of("deaf")

    await desk.stop()

    await until(lambda: not processes.command_line_of(pid))


async def test_what_does_not_come_up_is_reported_with_its_last_words(tmp_path: Path) -> None:
    desk = Supervisor(tmp_path)

    with pytest.raises(NotReady, match="the port is taken"):
        await desk.start(Part("server", ("/bin/sh", "-c", "echo the port is taken; exit 1"), never))

    await desk.stop()


async def test_a_start_that_is_given_up_leaves_nothing_running(tmp_path: Path) -> None:
    desk = Supervisor(tmp_path)
    starting = asyncio.create_task(desk.start(Part("slow", ("/bin/sleep", "3600"), never)))
    await until(lambda: _has_started(desk))
    pid = desk.pid_of("slow")

    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await desk.stop()

    assert not processes.command_line_of(pid)


def _has_started(desk: Supervisor) -> bool:
    try:
        return desk.pid_of("slow") > 0
    except KeyError:
        return False
