"""Answers that take as long whether or not somebody is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EVEN = 0.2
"""Seconds; many times what is done within them takes."""


@asynccontextmanager
async def evenly_long() -> AsyncIterator[None]:
    """Let the block take EVEN, so that its time does not tell what it did, nor that it failed (ASVS 6.3.8)."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + EVEN
    try:
        yield
    finally:
        await asyncio.sleep(ends - loop.time())
