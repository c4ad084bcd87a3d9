"""Units of work that PostgreSQL undid for the sake of others are done again, as a whole."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import structlog

log = structlog.get_logger()

T = TypeVar("T")

TRIES = 5
MAX_FIRST_PAUSE_S = 0.02
"""Seconds; doubled for each further try. A pause is anything up to it, so that those who collided part."""

UNDONE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""40001 and 40P01: nothing of the unit was kept, and the same again may well succeed."""


async def retry_on_conflict(unit: Callable[[], Awaitable[T]]) -> T:
    """Do a unit of work, which opens its own transaction and may be done again from its start.

    Raises: what the unit raises; also 40001 or 40P01 when it was undone in each of TRIES tries.
    """
    chance = random.SystemRandom()
    for number in range(1, TRIES):
        try:
            return await unit()
        except UNDONE as error:
            log.warning("a unit of work was undone", tries=number, error=str(error))
            await asyncio.sleep(chance.uniform(0, MAX_FIRST_PAUSE_S * 2**number))
    return await unit()
