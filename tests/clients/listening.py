"""When news would be heard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from tests.waiting import until


@asynccontextmanager
async def listening(valkey_url: str) -> AsyncIterator[None]:
    """What is done in the block opens a live update: it stands when the block is left."""
    async with Redis.from_url(valkey_url) as queue:

        async def listeners() -> int:
            return len([one for one in await queue.client_list(_type="pubsub") if one["psub"] != "0"])

        before = await listeners()
        yield

        async def is_heard() -> bool:
            return await listeners() > before

        await until(is_heard)
