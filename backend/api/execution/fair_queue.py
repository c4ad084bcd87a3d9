"""A queue of work that is done in a thread, one piece at a time, one client after the other."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from backend.errors import TooManyAttempts

T = TypeVar("T")

MAX_WAITING = 100
"""Pieces of all clients: half of the requests that a process has under way at most, so that others are still served."""

MAX_PER_CLIENT = 20
"""Pieces of one client."""

RETRY_AFTER_S = 2
"""Seconds, in the error of a piece past a limit."""


class FairQueue:
    """Round robin over clients: whatever one client queues, another waits for one piece of it at most."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        # Always the same thread: memory that it frees is not reused by other threads of glibc.
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: Counter[str] = Counter()

    async def run(self, work: Callable[[], T], client: str) -> T:
        """The result of the work. Raises: TooManyAttempts (the queue is full), and what the work raises."""
        if self._waiting[client] >= MAX_PER_CLIENT or self._waiting.total() >= MAX_WAITING:
            raise TooManyAttempts(RETRY_AFTER_S)
        self._waiting[client] += 1
        try:
            # Both locks serve whoever came first: of each client one piece at most waits for the shared lock.
            async with self._locks[client], self._one_at_a_time:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client], self._locks[client]
