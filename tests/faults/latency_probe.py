"""Latency that a well-behaved client measures, and memory that the server uses meanwhile."""

import asyncio
import time
from pathlib import Path

import httpx2

from tests.faults.load import Customer


async def latencies(probe_client: Customer, number: int, per_second: float = 8) -> list[float]:
    """Seconds of each of so many calls, at most so many a second."""
    seconds = []
    for _ in range(number):
        seconds.append(await _latency(probe_client.client, probe_client))
        await asyncio.sleep(max(0, 1 / per_second - seconds[-1]))
    return seconds


async def latencies_with_baseline(
    probe_client: Customer, baseline: httpx2.AsyncClient, number: int, per_second: float
) -> tuple[list[float], list[float]]:
    """Seconds of alternating calls to the client's server and to a baseline server, so many pairs a second at most."""
    at_server, at_baseline = list[float](), list[float]()
    for _ in range(number):
        at_server.append(await _latency(probe_client.client, probe_client))
        at_baseline.append(await _latency(baseline, probe_client))
        await asyncio.sleep(max(0, 1 / per_second - at_server[-1] - at_baseline[-1]))
    return at_server, at_baseline


async def _latency(client: httpx2.AsyncClient, probe_client: Customer) -> float:
    began = time.monotonic()
    response = await client.post(
        "/graphql", json={"query": "{ viewer { id } }"}, headers=probe_client.requester_headers
    )
    assert response.json()["data"]["viewer"]
    return time.monotonic() - began


def percentile_99(seconds: list[float]) -> float:
    """The 99th percentile."""
    return sorted(seconds)[-len(seconds) // 100 - 1]


def resident_mb(pid: int) -> int:
    """Resident memory of a process, in MB."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def private_mb(pid: int) -> float:
    """Private memory of a process, shared with no other, in MB."""
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return sum(int(size) for name, size, *_ in lines if name.startswith("Private_")) / 1024
