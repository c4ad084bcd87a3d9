"""What somebody notices who only wants to work, and what the server takes meanwhile."""

import asyncio
import time
from pathlib import Path

from tests.faults.load import Customer


async def latencies(innocent: Customer, number: int, a_second: float = 8) -> list[float]:
    """Seconds of so many answers, so many a second at most."""
    seconds = []
    for _ in range(number):
        began = time.monotonic()
        response = await innocent.client.post("/graphql", json={"query": "{ viewer { id } }"}, headers=innocent.asks)
        assert response.json()["data"]["viewer"]
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(max(0, 1 / a_second - seconds[-1]))
    return seconds


def high(seconds: list[float]) -> float:
    """The 99th percentile."""
    return sorted(seconds)[-len(seconds) // 100 - 1]


def resident(pid: int) -> int:
    """The memory of a process, in MB."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024
