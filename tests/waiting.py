"""Waiting for what another process does, without a guess at how long that takes."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], bool | Awaitable[bool]], within: float = 15.0) -> None:
    """Return as soon as the condition holds. Raises: TimeoutError, after so many seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = holds()
        if await answer if inspect.isawaitable(answer) else answer:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come about within {within} s")
        await asyncio.sleep(0.01)
