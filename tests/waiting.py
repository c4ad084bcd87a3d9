"""Waiting for conditions and for the end of tasks."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any


async def until(holds: Callable[[], bool | Awaitable[bool]], within: float = 15.0) -> None:
    """Return as soon as the condition holds. Raises: TimeoutError, after so many seconds."""
    try:
        async with asyncio.timeout(within):
            while True:
                answer = holds()
                if await answer if inspect.isawaitable(answer) else answer:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise TimeoutError(f"it did not come about within {within} s") from None


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until all have ended: a library may take one cancellation for a timeout of its own."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=1)
    await asyncio.gather(*tasks, return_exceptions=True)


async def is_listening(port: int) -> bool:
    """Whether something accepts connections at a port of this machine."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
