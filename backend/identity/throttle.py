"""How often sign-in may be tried: counted per e-mail address and per network address, shared by all processes."""

import hashlib
import time

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from backend.problems import TooManyAttempts
from backend.settings import settings

log = structlog.get_logger()

Limit = tuple[RateLimitItem, str]


class Throttle:
    """Counts attempts in the queue server; while that is away, in this process."""

    def __init__(self, redis_url: str) -> None:
        self._pool = ConnectionPool.from_url(redis_url, socket_connect_timeout=1)
        uri = redis_url if redis_url.startswith("redis") else f"redis+{redis_url}"
        storage = RedisStorage(f"async+{uri}", implementation="redispy", connection_pool=self._pool)  # type: ignore[arg-type]
        self._shared = MovingWindowRateLimiter(storage)
        self._own = MovingWindowRateLimiter(MemoryStorage())

    async def count_attempt(self, email: str, address: str) -> None:
        """Count an attempt against its person and its address. Raises: TooManyAttempts."""
        for item, name in (_of_person(email), _of_address(address)):
            try:
                await _count(self._shared, item, name)
            except (RedisError, OSError) as error:
                log.warning("sign-in attempts are counted in this process only", error=str(error))
                await _count(self._own, item, name)

    async def forgive(self, email: str) -> None:
        """Forget the attempts for an e-mail address: its owner got in."""
        item, name = _of_person(email)
        try:
            await self._shared.storage.clear(item.key_for(name))
        except (RedisError, OSError):
            await self._own.storage.clear(item.key_for(name))

    async def close(self) -> None:
        """Hang up."""
        await self._pool.disconnect()


async def _count(limiter: MovingWindowRateLimiter, item: RateLimitItem, name: str) -> None:
    if not await limiter.hit(item, name):
        window = await limiter.get_window_stats(item, name)
        raise TooManyAttempts(max(1, round(window.reset_time - time.time())))


def _of_person(email: str) -> Limit:
    # A digest, so that no address of a person stands in the queue server.
    name = hashlib.sha256(email.strip().casefold().encode()).hexdigest()
    return _per_window(settings().sign_in_attempts_per_person), f"person:{name}"


def _of_address(address: str) -> Limit:
    return _per_window(settings().sign_in_attempts_per_address), f"address:{address}"


def _per_window(attempts: int) -> RateLimitItem:
    return RateLimitItemPerSecond(attempts, int(settings().sign_in_window.total_seconds()), namespace="sign-in")
