"""Contestants asked in turn, several times over: what slows the machine for a while slows all of them."""

from statistics import median

from bench.contestants import Contestant
from bench.load import answer_to, requests_per_second
from bench.stand import Stand

WARM_UP = 2.0
"""Seconds."""


async def rounds(stand: Stand, contestants: list[Contestant], times: int, seconds: float) -> dict[str, float]:
    """The median of requests a second of each, by name."""
    for contestant in contestants:
        await stand.start(_part(contestant), contestant.command, contestant.ask.port, contestant.environment)
        await answer_to(contestant.ask)
        await requests_per_second(contestant.ask, WARM_UP)
    found: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(times):
        for contestant in contestants:
            found[contestant.name].append(await requests_per_second(contestant.ask, seconds))
    return {name: median(figures) for name, figures in found.items()}


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


def _part(contestant: Contestant) -> str:
    return contestant.name.replace(" ", "-")
