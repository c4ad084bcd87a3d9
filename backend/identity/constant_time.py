"""Answers that take the same time whether or not a user exists."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MIN_DURATION_S = 0.2
"""Many times what the work of any caller takes."""


@asynccontextmanager
async def constant_duration() -> AsyncIterator[None]:
    """Make the block take MIN_DURATION_S, so that its time shows neither what it did nor a failure (ASVS 6.3.8)."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + MIN_DURATION_S
    try:
        yield
    finally:
        await asyncio.sleep(ends - loop.time())
