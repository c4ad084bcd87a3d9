"""The queue server's one address serves every client the product has."""

from arq.connections import RedisSettings, create_pool
from limits import RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string
from redis.asyncio import Redis


async def test_its_address_serves_redis_py(valkey_url: str) -> None:
    async with Redis.from_url(valkey_url) as client:
        assert await client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


async def test_its_address_serves_arq(valkey_url: str) -> None:
    pool = await create_pool(RedisSettings.from_dsn(valkey_url))
    assert await pool.enqueue_job("look")
    await pool.aclose()


async def test_its_address_serves_limits(valkey_url: str) -> None:
    storage = storage_from_string(f"async+redis+{valkey_url}", implementation="redispy")
    limiter = MovingWindowRateLimiter(storage)
    assert await limiter.hit(RateLimitItemPerMinute(1), "a")
    assert not await limiter.hit(RateLimitItemPerMinute(1), "a")
    await storage.bridge.get_connection().aclose()  # type: ignore[union-attr]
