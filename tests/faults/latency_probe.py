"""What somebody notices who only wants to work, and what the server takes meanwhile."""

import asyncio
import time
from pathlib import Path

import httpx2

from tests.faults.load import Customer


async def latencies(innocent: Customer, number: int, a_second: float = 8) -> list[float]:
    """Seconds of so many answers, so many a second at most."""
    seconds = []
    for _ in range(number):
        seconds.append(await _latency(innocent.client, innocent))
        await asyncio.sleep(max(0, 1 / a_second - seconds[-1]))
    return seconds


async def latencies_at_twins(
    innocent: Customer, twin: httpx2.AsyncClient, number: int, a_second: float
) -> tuple[list[float], list[float]]:
    """Seconds of so many answers of the innocent's server and of its twin, by turns, so many of both a second."""
    ours, twins = list[float](), list[float]()
    for _ in range(number):
        ours.append(await _latency(innocent.client, innocent))
        twins.append(await _latency(twin, innocent))
        await asyncio.sleep(max(0, 1 / a_second - ours[-1] - twins[-1]))
    return ours, twins


async def _latency(client: httpx2.AsyncClient, innocent: Customer) -> float:
    began = time.monotonic()
    response = await client.post("/graphql", json={"query": "{ viewer { id } }"}, headers=innocent.asks)
    assert response.json()["data"]["viewer"]
    return time.monotonic() - began


def high(seconds: list[float]) -> float:
    """The 99th percentile."""
    return sorted(seconds)[-len(seconds) // 100 - 1]


def resident(pid: int) -> int:
    """The memory of a process, in MB."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def its_own(pid: int) -> float:
    """The memory that a process shares with no other, in MB."""
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return sum(int(size) for name, size, *_ in lines if name.startswith("Private_")) / 1024
