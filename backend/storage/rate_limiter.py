"""Rate limits that all processes share: counted in the queue server, or in the database while that is away."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from backend import clock
from backend.circuit_breaker import ANSWER_TIMEOUT_S, CircuitBreaker
from backend.errors import TooManyAttempts
from backend.storage.database import execute, fetch

log = structlog.get_logger()

T = TypeVar("T")

MIN_PREFETCH_LIMIT = 200
"""From this limit on, a twentieth of it is counted at once: one call of the queue server instead of many."""

MAX_PREFETCH = 50

MAX_PREFETCHED_KEYS = 10_000

COUNT = """
INSERT INTO recent_count AS c (key, ends_at, times) VALUES ($1, $2, $4)
ON CONFLICT (key) DO UPDATE SET times = CASE WHEN c.ends_at > $3 THEN c.times + $4 ELSE $4 END,
                                ends_at = CASE WHEN c.ends_at > $3 THEN c.ends_at ELSE excluded.ends_at END
RETURNING times, ends_at
"""

FORGIVE = "DELETE FROM recent_count WHERE key = $1"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``times`` in a window; 0: no limit."""

    name: str
    times: int
    window: timedelta

    @property
    def prefetch(self) -> int:
        """How many times are counted at once; the rest is then free in that process."""
        return min(self.times // 20, MAX_PREFETCH) if self.times >= MIN_PREFETCH_LIMIT else 1

    @property
    def item(self) -> RateLimitItemPerSecond:
        """The same limit as the library ``limits`` has it."""
        return RateLimitItemPerSecond(self.times, int(self.window.total_seconds()), namespace=self.name)

    def key(self, who: str) -> str:
        """The key of one subject's count in the database."""
        return f"{self.name}:{who}"


class RateLimiter:
    """Counts in the queue server; in the database while that is away, so that its loss lifts no limit."""

    def __init__(self, redis_url: str) -> None:
        self._pool = ConnectionPool.from_url(
            redis_url, socket_connect_timeout=ANSWER_TIMEOUT_S, socket_timeout=ANSWER_TIMEOUT_S
        )
        uri = redis_url if redis_url.startswith("redis") else f"redis+{redis_url}"
        storage = RedisStorage(f"async+{uri}", implementation="redispy", connection_pool=self._pool)  # type: ignore[arg-type]
        self._limiter = MovingWindowRateLimiter(storage)
        self._breaker = CircuitBreaker()
        self._prefetched: dict[str, int] = {}

    async def count(self, limit: Limit, who: str, times: int = 1) -> None:
        """Count ``times``, at most as many as the limit has. Raises: TooManyAttempts."""
        times = min(times, limit.times)
        if times == 0:
            return
        key = limit.key(who)
        if self._prefetched.get(key, 0) >= times:
            self._prefetched[key] -= times
            return
        wait: float | None = None
        for counted in sorted({max(limit.prefetch, times), times}, reverse=True):
            wait = await self._wait(limit, who, counted)
            if wait is None:
                self._prefetch(key, counted - times)
                return
        raise TooManyAttempts(max(1, round(wait or 0)))

    async def forgive(self, limit: Limit, who: str) -> None:
        """Reset the count."""
        self._prefetched.pop(limit.key(who), None)
        await self._with_fallback(
            lambda: self._limiter.clear(limit.item, who), lambda: execute(FORGIVE, limit.key(who))
        )

    def refund(self, limit: Limit, who: str) -> None:
        """Take the last count back: the next time is free in this process."""
        if limit.times:
            self._prefetch(limit.key(who), 1)

    async def close(self) -> None:
        """Close the connections to the queue server."""
        await self._pool.disconnect()

    async def _with_fallback(self, queue_server: Callable[[], Awaitable[T]], database: Callable[[], Awaitable[T]]) -> T:
        if not self._breaker.is_open():
            try:
                return await queue_server()
            except (RedisError, OSError) as error:
                self._breaker.trip()
                log.warning("limits are counted in the database for a while", error=str(error))
        return await database()

    def _prefetch(self, key: str, times: int) -> None:
        if len(self._prefetched) >= MAX_PREFETCHED_KEYS:
            self._prefetched.clear()
        if times:
            self._prefetched[key] = self._prefetched.get(key, 0) + times

    async def _wait(self, limit: Limit, who: str, times: int) -> float | None:
        return await self._with_fallback(
            lambda: self._wait_by_queue_server(limit, who, times),
            lambda: _wait_by_database(limit, who, times, clock.now()),
        )

    async def _wait_by_queue_server(self, limit: Limit, who: str, times: int) -> float | None:
        if await self._limiter.hit(limit.item, who, cost=times):
            return None
        window = await self._limiter.get_window_stats(limit.item, who)
        return window.reset_time - time.time()


async def _wait_by_database(limit: Limit, who: str, times: int, now: datetime) -> float | None:
    (row,) = await fetch(COUNT, limit.key(who), now + limit.window, now, times)
    remaining: timedelta = row["ends_at"] - now
    return remaining.total_seconds() if row["times"] > limit.times else None
