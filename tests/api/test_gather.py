"""Coroutines of a level run side by side; when one fails, the others have ended before its error is raised."""

import asyncio

import pytest

from backend.api.compiled.gather import gather


async def fail() -> None:
    await asyncio.sleep(0)
    raise ValueError


async def test_results_come_in_the_order_of_the_coroutines() -> None:
    async def after(turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns

    assert await gather([after(3), after(1), after(2)]) == [3, 1, 2]


async def test_the_others_have_given_back_what_they_hold_before_a_failure_is_raised() -> None:
    held: list[int] = []

    async def hold(number: int) -> None:
        held.append(number)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            held.remove(number)

    with pytest.raises(ValueError):  # noqa: PT011 - it says nothing more
        await gather([hold(1), fail(), hold(2)])

    assert held == []


async def test_a_deadline_around_it_is_still_a_deadline_after_a_failure() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            with pytest.raises(ValueError):  # noqa: PT011 - as above
                await gather([fail(), asyncio.sleep(0)])
            await asyncio.Event().wait()


async def test_who_is_cancelled_takes_the_coroutines_along() -> None:
    ended: list[int] = []

    async def wait(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    gathering = asyncio.create_task(gather([wait(1), wait(2)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gathering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gathering

    assert ended == [1, 2]
