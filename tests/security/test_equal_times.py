"""Whether somebody exists is not to be read from how much is done for an answer, nor from how long it takes."""

import threading
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from argon2 import PasswordHasher

from backend import clock
from backend.identity import constant_time, passwords
from backend.identity.constant_time import MIN_DURATION_S
from backend.settings import Settings, settings
from tests.desk import Desk
from tests.promises import Promise
from tests.statements import each_statement

ASK = "mutation ($email: String!) { requestPasswordReset(input: {email: $email}) { errors { code } } }"

KNOWN, UNKNOWN = "ada@acme.example", "eve@acme.example"

UNLIMITED = (
    "EMP_SIGN_IN_ATTEMPTS_PER_PERSON",
    "EMP_SIGN_IN_ATTEMPTS_PER_PERSON_ANYWHERE",
    "EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS",
)


@pytest.fixture
def as_in_production(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    """Hashes that cost what they cost in production, and nobody who asks too often."""
    for name in UNLIMITED:
        environment.setenv(name, "0")
    for name in ("argon2_memory_kib", "argon2_passes"):
        environment.setenv(f"EMP_{name.upper()}", str(Settings.model_fields[name].default))
    settings.cache_clear()


async def medians(number: int, asks: Callable[[str], Awaitable[Any]]) -> tuple[float, float]:
    """Seconds of an answer about somebody who is there, and about somebody who is not, asked in turn."""
    seconds: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    for turn in range(number):
        for email in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
            began = time.monotonic()
            await asks(email)
            seconds[email].append(time.monotonic() - began)
        clock.advance(timedelta(minutes=20))  # so that no more links are asked for in an hour than one may have
    return median(seconds[KNOWN]), median(seconds[UNKNOWN])


async def test_signing_in_takes_the_same_statements_and_time_for_somebody_and_for_nobody(
    desk: Desk, as_in_production: None, long: bool, promise: Promise
) -> None:
    stranger, rehashed = desk.stranger(), await passwords.hash_password("another")
    assert desk.super_admin.user
    desk.super_admin.user.password_hash = rehashed
    await desk.super_admin.user.save(update_fields=["password_hash"])
    said: dict[str, list[str]] = {KNOWN: [], UNKNOWN: []}
    for email, statements in said.items():
        with each_statement(statements.append):
            await stranger.tries_to_sign_in(email, "wrong")

    known, unknown = await medians(100 if long else 5, lambda email: stranger.tries_to_sign_in(email, "wrong"))

    assert said[KNOWN] == said[UNKNOWN] != []
    assert 0.5 < known / unknown < 2
    promise(
        "Time of a refused sign-in for a known user, of that for an unknown one (medians)", f"{known / unknown:.2f}"
    )


async def test_asking_for_a_link_takes_the_same_time_for_somebody_and_for_nobody(
    desk: Desk, as_in_production: None, long: bool, promise: Promise
) -> None:
    known, unknown = await medians(50 if long else 3, lambda email: desk.stranger().asks(ASK, email=email))

    assert known >= MIN_DURATION_S
    assert unknown >= MIN_DURATION_S
    assert 0.5 < known / unknown < 2
    promise(
        "Time of asking for a link for a known user, of that for an unknown one (medians)", f"{known / unknown:.2f}"
    )


async def test_what_fails_takes_as_long_as_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("backend.identity.constant_time.asyncio.sleep", sleep)
    with pytest.raises(OSError, match="away"):
        async with constant_time.constant_duration():
            raise OSError("the database is away")

    assert len(slept) == 1
    assert 0 < slept[0] <= MIN_DURATION_S


async def test_no_password_is_hashed_where_all_requests_are_served(
    desk: Desk, as_in_production: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing: set[str] = set()
    hash_of, verify = PasswordHasher.hash, PasswordHasher.verify

    def hashes(hasher: PasswordHasher, *values: Any, **more: Any) -> str:
        hashing.add(threading.current_thread().name.partition("_")[0])
        return hash_of(hasher, *values, **more)

    def verifies(hasher: PasswordHasher, *values: Any) -> bool:
        hashing.add(threading.current_thread().name.partition("_")[0])
        return verify(hasher, *values)

    monkeypatch.setattr(PasswordHasher, "hash", hashes)
    monkeypatch.setattr(PasswordHasher, "verify", verifies)
    for email in (UNKNOWN, KNOWN):
        await desk.stranger().tries_to_sign_in(email, "wrong")

    assert hashing == {"argon2"}


async def test_the_worker_is_woken_whether_or_not_a_link_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    async def wake_worker(live: object) -> None:
        told.append("woken")

    monkeypatch.setattr("backend.events.EventBus.wake_worker", wake_worker)
    for email in (KNOWN, UNKNOWN):
        await desk.stranger().asks(ASK, email=email)

    assert told == ["woken", "woken"]
