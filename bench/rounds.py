"""Contestants asked in turn, several times over: what slows the machine for a while slows all of them."""

import os
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from bench.contestants import Contestant
from bench.load import Ask, answer_to, requests_per_second
from bench.servers import Stand

WARM_UP = 2.0
"""Seconds."""


async def rounds(stand: Stand, contestants: list[Contestant], times: int, seconds: float) -> dict[str, float]:
    """The median of requests a second of each, by name."""
    await start(stand, contestants)
    return await in_turn({contestant.name: contestant.ask for contestant in contestants}, times, seconds)


async def in_turn(asks: Mapping[str, Ask], times: int, seconds: float) -> dict[str, float]:
    """The median of requests a second of each, of processes that run."""
    for ask in asks.values():
        await requests_per_second(ask, WARM_UP)
    found: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(times):
        for name, ask in asks.items():
            found[name].append(await requests_per_second(ask, seconds))
    return {name: median(figures) for name, figures in found.items()}


async def start(stand: Stand, contestants: list[Contestant]) -> None:
    """Start them, each until it has answered once."""
    for contestant in contestants:
        await stand.start(_part(contestant), contestant.command, contestant.ask.port, contestant.environment)
        await answer_to(contestant.ask)


async def stop(stand: Stand, contestants: list[Contestant]) -> None:
    """Stop those that were started last."""
    for _ in contestants:
        await stand.stop_last()


def memory_of(stand: Stand, contestant: Contestant) -> float:
    """Megabytes that a contestant's process holds."""
    pid = stand.supervisor.pid_of(_part(contestant))
    with open(f"/proc/{pid}/status") as status:
        resident = next(line for line in status if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024


async def processor_times(
    stand: Stand, contestants: list[Contestant], seconds: float
) -> dict[str, tuple[float, float]]:
    """Microseconds of a processor that one answer takes in a contestant's own process, and in PostgreSQL."""
    return {contestant.name: await processor_time(stand, contestant, seconds) for contestant in contestants}


async def processor_time(stand: Stand, contestant: Contestant, seconds: float) -> tuple[float, float]:
    """The same of one contestant."""
    pid, database = stand.supervisor.pid_of(_part(contestant)), stand.supervisor.pid_of("postgres")
    before = _used(pid), _used_by_all(database)
    answers = await requests_per_second(contestant.ask, seconds) * seconds
    return (_used(pid) - before[0]) / answers * 1e6, (_used_by_all(database) - before[1]) / answers * 1e6


def _used_by_all(parent: int) -> float:
    """Seconds of a processor that a process and its children have used, those that ended too."""
    children = [int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()]
    return _used(parent, with_ended=True) + sum(_used(pid) for pid in children if _parent_of(pid) == parent)


def _used(pid: int, *, with_ended: bool = False) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def _parent_of(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _stat(pid: int) -> list[str]:
    """A process's figures, from its state on; nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _part(contestant: Contestant) -> str:
    return contestant.name.replace(" ", "-")
