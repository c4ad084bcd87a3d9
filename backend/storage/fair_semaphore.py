"""A semaphore whose permits are handed out to one caller's key after the other, however many wait under each."""

import asyncio
from asyncio import Future, TimerHandle
from collections import Counter, deque
from collections.abc import Hashable


class FairSemaphore:
    """So many permits, of which one key holds ``share`` at most.

    Whoever asks while a permit is free has it at once. Else the keys that wait are served in turn, and under each key
    whoever came first: a key that floods delays itself. The key None, of work that nobody in particular asked for, has
    no share to keep to.
    """

    def __init__(self, permits: int, share: int) -> None:
        self._free = permits
        self._permits = permits
        self._share = share
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[Future[None]]] = {}
        self._exhausted_at: float | None = None

    async def acquire(self, key: Hashable, timeout_s: float) -> None:
        """Take a permit. Raises: TimeoutError, when none is had within so many seconds."""
        if self._free and self._may_hold_more(key):
            # Those who wait, if any, wait for their own share: a permit that they may have is never left free.
            self._take(key)
            return
        loop = asyncio.get_running_loop()
        waiter: Future[None] = loop.create_future()
        self._waiting.setdefault(key, deque()).append(waiter)
        timer: TimerHandle = loop.call_later(timeout_s, _time_out, waiter)
        try:
            await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # It was granted at the very moment at which its caller was cancelled.
                self.release(key)
            else:
                self._leave(key, waiter)
            raise
        finally:
            timer.cancel()

    def release(self, key: Hashable) -> None:
        """Give a permit back: it goes to the next key that waits and may hold more."""
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]
        self._free += 1
        self._exhausted_at = None
        while self._free:
            served = next(([waiting] for waiting in self._waiting if self._may_hold_more(waiting)), None)
            if served is None:
                return
            self._grant(*served)

    @property
    def in_use(self) -> int:
        """How many permits are held."""
        return self._permits - self._free

    @property
    def exhausted_for_s(self) -> float:
        """Seconds since which all permits are held and none was given back; 0 while one is free."""
        return 0.0 if self._exhausted_at is None else asyncio.get_running_loop().time() - self._exhausted_at

    def _may_hold_more(self, key: Hashable) -> bool:
        return key is None or self._held[key] < self._share

    def _take(self, key: Hashable) -> None:
        self._free -= 1
        self._held[key] += 1
        if not self._free:
            self._exhausted_at = asyncio.get_running_loop().time()

    def _grant(self, key: Hashable) -> None:
        waiters = self._waiting.pop(key)
        waiter = waiters.popleft()
        if waiters:
            self._waiting[key] = waiters  # at the end: the other keys come first
        if not waiter.done():
            self._take(key)
            waiter.set_result(None)

    def _leave(self, key: Hashable, waiter: Future[None]) -> None:
        waiters = self._waiting.get(key)
        if waiters is not None and waiter in waiters:
            waiters.remove(waiter)
            if not waiters:
                del self._waiting[key]


def _time_out(waiter: Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
