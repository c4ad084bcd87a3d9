"""Work that nobody else should wait for: off the event loop, one piece at a time, for one client after the other."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from backend.errors import TooManyAttempts

T = TypeVar("T")

MAX_WAITING = 100
"""Pieces that wait: half of the requests that a process has under way at most, so that they shut nobody else out."""

MAX_PER_CLIENT = 20
"""Of them, of one client."""

RETRY_AFTER_S = 2
"""Seconds that one too many is told to wait."""


class FairQueue:
    """Who is next. However much one client wants done, another waits for one piece of theirs at most."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        # Always the same: what one thread gives back, another of glibc's threads does not take again.
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._of_each: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: Counter[str] = Counter()

    async def done(self, work: Callable[[], T], client: str) -> T:
        """What the work gives. Raises: TooManyAttempts, when too much waits already, and whatever the work raises."""
        if self._waiting[client] >= MAX_PER_CLIENT or self._waiting.total() >= MAX_WAITING:
            raise TooManyAttempts(RETRY_AFTER_S)
        self._waiting[client] += 1
        try:
            # Both locks serve whoever came first: of each client one piece at most stands in the line of all.
            async with self._of_each[client], self._one_at_a_time:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client], self._of_each[client]
