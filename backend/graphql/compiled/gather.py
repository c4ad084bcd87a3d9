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
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in coroutines]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
