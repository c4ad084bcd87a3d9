"""How often something was done lately, by all processes together: in the queue server, else in the database."""

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

PREFETCH_FROM = 200
"""Of a limit of so many times, a twentieth is counted at once: one question to the queue server instead of many."""

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
    """At most so many times in a window; no limit when that is 0."""

    name: str
    times: int
    window: timedelta

    @property
    def prefetch(self) -> int:
        """How many times are counted when one is asked for; the others are then free in that process."""
        return min(self.times // 20, MAX_PREFETCH) if self.times >= PREFETCH_FROM else 1

    @property
    def item(self) -> RateLimitItemPerSecond:
        """As the library of limits knows it."""
        return RateLimitItemPerSecond(self.times, int(self.window.total_seconds()), namespace=self.name)

    def key(self, who: str) -> str:
        """The row of somebody's count."""
        return f"{self.name}:{who}"


class RateLimiter:
    """Counts in the queue server; while that is away, in the database: no fault of it opens a gate."""

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
        """Count one time or several, of which no more are counted than the limit has. Raises: TooManyAttempts."""
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
                self._keep(key, counted - times)
                return
        raise TooManyAttempts(max(1, round(wait or 0)))

    async def forgive(self, limit: Limit, who: str) -> None:
        """Forget how often."""
        self._prefetched.pop(limit.key(who), None)
        await self._asking(lambda: self._limiter.clear(limit.item, who), lambda: execute(FORGIVE, limit.key(who)))

    def refund(self, limit: Limit, who: str) -> None:
        """What was counted last was none: the next time is free in this process."""
        if limit.times:
            self._keep(limit.key(who), 1)

    async def close(self) -> None:
        """Hang up."""
        await self._pool.disconnect()

    async def _asking(self, queue_server: Callable[[], Awaitable[T]], database: Callable[[], Awaitable[T]]) -> T:
        if not self._breaker.is_open():
            try:
                return await queue_server()
            except (RedisError, OSError) as error:
                self._breaker.trip()
                log.warning("limits are counted in the database for a while", error=str(error))
        return await database()

    def _keep(self, key: str, ahead: int) -> None:
        if len(self._prefetched) >= MAX_PREFETCHED_KEYS:
            self._prefetched.clear()
        if ahead:
            self._prefetched[key] = self._prefetched.get(key, 0) + ahead

    async def _wait(self, limit: Limit, who: str, times: int) -> float | None:
        return await self._asking(
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
    over: timedelta = row["ends_at"] - now
    return over.total_seconds() if row["times"] > limit.times else None
