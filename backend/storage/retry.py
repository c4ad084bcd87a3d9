"""Retry of transactions that PostgreSQL rolled back because of concurrent ones."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import structlog

log = structlog.get_logger()

T = TypeVar("T")

MAX_TRIES = 5
MAX_FIRST_PAUSE_S = 0.02
"""Doubled for each further try. Each pause is random up to it, so that conflicting transactions separate."""

UNDONE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""SQLSTATE 40001 and 40P01: the transaction was rolled back, and a retry may succeed."""


async def retry_on_conflict(unit: Callable[[], Awaitable[T]]) -> T:
    """Run a unit of work, which opens its own transaction and can be repeated from its start.

    Raises: what the unit raises; also 40001 or 40P01 when it was rolled back in each of MAX_TRIES tries.
    """
    chance = random.SystemRandom()
    for number in range(1, MAX_TRIES):
        try:
            return await unit()
        except UNDONE as error:
            log.warning("a unit of work was undone", tries=number, error=str(error))
            await asyncio.sleep(chance.uniform(0, MAX_FIRST_PAUSE_S * 2**number))
    return await unit()
