"""Awaiting a field for a whole level: its coroutines run side by side, and none is left behind when one fails."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


async def gather(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Their results, in their order.

    Raises: what the first that fails raises, once all others have been cancelled and have ended; what they held, such
    as a connection, is given back by then.
    """
    if len(coroutines) == 1:
        return [await coroutines[0]]
    # No asyncio.TaskGroup: before Python 3.13 it leaves a caller of whose tasks one failed counted as cancelled, and an
    # asyncio.timeout around it then no longer raises TimeoutError.
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        raise
