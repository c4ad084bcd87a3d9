"""Answers that take as long whether or not somebody is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MIN_DURATION = 0.2
"""Seconds; many times what is done within them takes."""


@asynccontextmanager
async def constant_duration() -> AsyncIterator[None]:
    """Let the block take MIN_DURATION, so that its time does not tell what it did, nor that it failed (ASVS 6.3.8)."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + MIN_DURATION
    try:
        yield
    finally:
        await asyncio.sleep(ends - loop.time())
