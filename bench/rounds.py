"""Interleaved rounds of all contestants, so that disturbances of the machine affect all of them."""

import os
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from bench.contestants import Contestant
from bench.load import Call, answer_to, requests_per_second
from bench.servers import BenchServers

WARM_UP_S = 2.0
"""Before the first round of each contestant."""


async def measure_rates(
    servers: BenchServers, contestants: list[Contestant], times: int, seconds: float
) -> dict[str, float]:
    """Start the contestants. Returns the median requests per second of each, by name."""
    await start(servers, contestants)
    return await interleaved_rates({contestant.name: contestant.call for contestant in contestants}, times, seconds)


async def interleaved_rates(calls: Mapping[str, Call], times: int, seconds: float) -> dict[str, float]:
    """The median requests per second of each call to running processes, by name."""
    for call in calls.values():
        await requests_per_second(call, WARM_UP_S)
    rates: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(times):
        for name, call in calls.items():
            rates[name].append(await requests_per_second(call, seconds))
    return {name: median(figures) for name, figures in rates.items()}


async def start(servers: BenchServers, contestants: list[Contestant]) -> None:
    """Start the contestants, and wait until each has answered once."""
    for contestant in contestants:
        await servers.start(_part(contestant), contestant.command, contestant.call.port, contestant.environment)
        await answer_to(contestant.call)


async def stop(servers: BenchServers, contestants: list[Contestant]) -> None:
    """Stop as many of the processes that were started last."""
    for _ in contestants:
        await servers.stop_last()


def memory_of(servers: BenchServers, contestant: Contestant) -> float:
    """Resident memory of a contestant's process, in MB."""
    pid = servers.supervisor.pid_of(_part(contestant))
    with open(f"/proc/{pid}/status") as status:
        resident = next(line for line in status if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024


async def processor_times(
    servers: BenchServers, contestants: list[Contestant], seconds: float
) -> dict[str, tuple[float, float]]:
    """Processor time per answer in µs by contestant: in its own process, and in PostgreSQL."""
    return {contestant.name: await processor_time(servers, contestant, seconds) for contestant in contestants}


async def processor_time(servers: BenchServers, contestant: Contestant, seconds: float) -> tuple[float, float]:
    """Processor time per answer of one contestant in µs: in its own process, and in PostgreSQL."""
    pid, database = servers.supervisor.pid_of(_part(contestant)), servers.supervisor.pid_of("postgres")
    before = _cpu_seconds(pid), _cpu_seconds_with_children(database)
    answers = await requests_per_second(contestant.call, seconds) * seconds
    return (_cpu_seconds(pid) - before[0]) / answers * 1e6, (
        _cpu_seconds_with_children(database) - before[1]
    ) / answers * 1e6


def _cpu_seconds_with_children(parent: int) -> float:
    """Processor time in seconds of a process and its children, ended ones included."""
    children = [int(process_folder.name) for process_folder in Path("/proc").iterdir() if process_folder.name.isdigit()]
    return _cpu_seconds(parent, with_ended=True) + sum(
        _cpu_seconds(pid) for pid in children if _parent_of(pid) == parent
    )


def _cpu_seconds(pid: int, *, with_ended: bool = False) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def _parent_of(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _part(contestant: Contestant) -> str:
    return contestant.name.replace(" ", "-")
