"""Limits are counted by all processes together, whether the queue server is there or not."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backend import clock
from backend.errors import TooManyAttempts
from backend.retention import remove_old
from backend.settings import settings
from backend.storage.database import fetch
from backend.storage.rate_limiter import Limit, RateLimiter
from tests.running import MONDAY_MORNING

THREE = Limit("test", 3, timedelta(minutes=1))


@pytest.fixture(params=["queue server", "database"])
async def counters(connected: None, request: pytest.FixtureRequest) -> AsyncIterator[tuple[RateLimiter, RateLimiter]]:
    """Two processes' counters, with and without their queue server."""
    url = settings().redis_url if request.param == "queue server" else "redis://127.0.0.1:1"
    one, other = RateLimiter(url), RateLimiter(url)
    with clock.set_to(MONDAY_MORNING):
        yield one, other
    await one.close()
    await other.close()


async def test_what_is_over_the_limit_is_refused_whichever_process_counts(
    counters: tuple[RateLimiter, RateLimiter],
) -> None:
    one, other = counters
    for counter in (one, other, one):
        await counter.count(THREE, "ada")

    with pytest.raises(TooManyAttempts) as refusal:
        await other.count(THREE, "ada")
    await other.count(THREE, "mia")

    assert 1 <= refusal.value.retry_after <= 60


async def test_a_limit_of_many_times_is_exact_though_each_process_counts_several_at_once(
    counters: tuple[RateLimiter, RateLimiter],
) -> None:
    two_hundred = Limit("test", 200, timedelta(minutes=1))
    for _ in range(100):
        for counter in counters:
            await counter.count(two_hundred, "ada")

    with pytest.raises(TooManyAttempts):
        await counters[0].count(two_hundred, "ada")


async def test_who_is_forgiven_starts_anew(counters: tuple[RateLimiter, RateLimiter]) -> None:
    one, other = counters
    for _ in range(3):
        await one.count(THREE, "ada")

    await other.forgive(THREE, "ada")

    await one.count(THREE, "ada")


async def test_a_limit_of_none_counts_nothing(counters: tuple[RateLimiter, RateLimiter]) -> None:
    for _ in range(10):
        await counters[0].count(Limit("none", 0, timedelta(minutes=1)), "ada")


async def test_the_window_passes_and_its_row_is_removed(connected: None) -> None:
    counter = RateLimiter("redis://127.0.0.1:1")
    with clock.set_to(MONDAY_MORNING):
        for _ in range(3):
            await counter.count(THREE, "ada")
        clock.advance(timedelta(minutes=1))
        await counter.count(THREE, "ada")
        clock.advance(timedelta(minutes=1))
        await remove_old(clock.now(), within_s=60)
    await counter.close()

    assert await fetch("SELECT 1 FROM recent_count") == []
