"""A semaphore that serves the keys of its waiters in turn, however many wait under each."""

import asyncio
from asyncio import Future, TimerHandle
from collections import Counter, deque
from collections.abc import Hashable


class FairSemaphore:
    """A number of permits, of which one key holds ``share`` at most.

    A permit that is free is granted at once. Else the waiting keys are served in turn, and the waiters of each key in
    order of arrival: a key that floods delays only itself. The key None, for work of the process itself, has no share.
    """

    def __init__(self, permits: int, share: int) -> None:
        self._free = permits
        self._permits = permits
        self._share = share
        self._permits_by_key: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[Future[None]]] = {}
        self._exhausted_at: float | None = None

    async def acquire(self, key: Hashable, timeout_s: float) -> None:
        """Take a permit. Raises: TimeoutError, when none was granted within ``timeout_s`` seconds."""
        if self._free and self._can_hold_more(key):
            # Waiters, if any, have used up their shares: else the free permit would have been granted to them.
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
                # The permit was granted at the moment at which the caller was cancelled.
                self.release(key)
            else:
                self._leave(key, waiter)
            raise
        finally:
            timer.cancel()

    def release(self, key: Hashable) -> None:
        """Release a permit, which goes to the next waiting key that may hold more."""
        self._permits_by_key[key] -= 1
        if not self._permits_by_key[key]:
            del self._permits_by_key[key]
        self._free += 1
        self._exhausted_at = None
        while self._free:
            grantable = next(([waiting] for waiting in self._waiting if self._can_hold_more(waiting)), None)
            if grantable is None:
                return
            self._grant(*grantable)

    @property
    def in_use(self) -> int:
        """The number of permits that are held."""
        return self._permits - self._free

    @property
    def exhausted_for_s(self) -> float:
        """Seconds for which all permits have been held and none was released; 0 while one is free."""
        return 0.0 if self._exhausted_at is None else asyncio.get_running_loop().time() - self._exhausted_at

    def _can_hold_more(self, key: Hashable) -> bool:
        return key is None or self._permits_by_key[key] < self._share

    def _take(self, key: Hashable) -> None:
        self._free -= 1
        self._permits_by_key[key] += 1
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
