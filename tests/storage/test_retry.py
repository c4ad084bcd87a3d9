"""A unit of work that PostgreSQL undid for the sake of another is done again; any other failure is not."""

import asyncio

import asyncpg
import pytest

from backend.storage.database import fetch, transaction
from backend.storage.retry import MAX_TRIES, retry_on_conflict

BUMP = "UPDATE organisation SET name = name || '+' WHERE id = $1 RETURNING name"


async def organisations() -> tuple[int, int]:
    """Two rows to quarrel over."""
    rows = await fetch(
        "INSERT INTO organisation (name, country, time_zone, language, mail_domains)"
        " VALUES ('A', 'ES', 'UTC', 'en', '{}'), ('B', 'ES', 'UTC', 'en', '{}') RETURNING id"
    )
    return rows[0]["id"], rows[1]["id"]


async def names() -> list[str]:
    return [row["name"] for row in await fetch("SELECT name FROM organisation ORDER BY id")]


async def test_two_units_that_deadlock_are_both_done_in_the_end(connected: None) -> None:
    one, other = await organisations()
    both_hold_one = asyncio.Barrier(2)
    tries = 0

    async def bump(first: int, then: int) -> None:
        nonlocal tries
        tries += 1
        async with transaction():
            await fetch(BUMP, first)
            if tries <= 2:
                await both_hold_one.wait()
            await fetch(BUMP, then)

    await asyncio.gather(retry_on_conflict(lambda: bump(one, other)), retry_on_conflict(lambda: bump(other, one)))

    assert await names() == ["A++", "B++"]
    assert tries == 3


async def test_two_serializable_units_that_read_what_the_other_writes_are_both_done_in_the_end(connected: None) -> None:
    one, other = await organisations()
    both_have_read = asyncio.Barrier(2)
    tries = 0

    async def copy(source: int, target: int) -> None:
        nonlocal tries
        tries += 1
        async with transaction():
            await fetch("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
            (row,) = await fetch("SELECT name FROM organisation WHERE id = $1", source)
            if tries <= 2:
                await both_have_read.wait()
            await fetch("UPDATE organisation SET name = $2 WHERE id = $1", target, row["name"] + "'")

    await asyncio.gather(retry_on_conflict(lambda: copy(one, other)), retry_on_conflict(lambda: copy(other, one)))

    assert await names() in (["A''", "A'"], ["B'", "B''"])
    assert tries == 3


@pytest.mark.parametrize(("error", "tries"), [(asyncpg.DeadlockDetectedError("again"), MAX_TRIES), (ValueError(), 1)])
async def test_a_unit_is_tried_five_times_and_only_when_it_was_undone(error: Exception, tries: int) -> None:
    tried = 0

    async def fail() -> None:
        nonlocal tried
        tried += 1
        raise error

    with pytest.raises(type(error)):
        await retry_on_conflict(fail)
    assert tried == tries
