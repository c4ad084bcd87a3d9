"""Neither the statements nor the time of an answer shows whether a user exists."""

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

REQUEST_RESET = "mutation ($email: String!) { requestPasswordReset(input: {email: $email}) { errors { code } } }"

KNOWN_EMAIL, UNKNOWN_EMAIL = "ada@acme.example", "eve@acme.example"

UNLIMITED = (
    "EMP_SIGN_IN_ATTEMPTS_PER_PERSON",
    "EMP_SIGN_IN_ATTEMPTS_PER_PERSON_ANYWHERE",
    "EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS",
)


@pytest.fixture
def as_in_production(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    """Password hashes with the parameters of production, and no rate limits of sign-ins."""
    for name in UNLIMITED:
        environment.setenv(name, "0")
    for name in ("argon2_memory_kib", "argon2_passes"):
        environment.setenv(f"EMP_{name.upper()}", str(Settings.model_fields[name].default))
    settings.cache_clear()


async def median_seconds(number: int, asks: Callable[[str], Awaitable[Any]]) -> tuple[float, float]:
    """Median seconds of an answer for a known and for an unknown user, called by turns."""
    seconds: dict[str, list[float]] = {KNOWN_EMAIL: [], UNKNOWN_EMAIL: []}
    for turn in range(number):
        for email in (KNOWN_EMAIL, UNKNOWN_EMAIL) if turn % 2 else (UNKNOWN_EMAIL, KNOWN_EMAIL):
            began = time.monotonic()
            await asks(email)
            seconds[email].append(time.monotonic() - began)
        clock.advance(timedelta(minutes=20))  # below the hourly limit of reset links
    return median(seconds[KNOWN_EMAIL]), median(seconds[UNKNOWN_EMAIL])


async def test_sign_in_takes_equal_statements_and_time_for_known_and_unknown_users(
    desk: Desk, as_in_production: None, long: bool, promise: Promise
) -> None:
    stranger, rehashed = desk.stranger(), await passwords.hash_password("another")
    assert desk.super_admin.user
    desk.super_admin.user.password_hash = rehashed
    await desk.super_admin.user.save(update_fields=["password_hash"])
    said: dict[str, list[str]] = {KNOWN_EMAIL: [], UNKNOWN_EMAIL: []}
    for email, statements in said.items():
        with each_statement(statements.append):
            await stranger.tries_to_sign_in(email, "wrong")

    known, unknown = await median_seconds(100 if long else 5, lambda email: stranger.tries_to_sign_in(email, "wrong"))

    assert said[KNOWN_EMAIL] == said[UNKNOWN_EMAIL] != []
    assert 0.5 < known / unknown < 2
    promise(
        "Time of a refused sign-in for a known user, by that for an unknown one (medians)", f"{known / unknown:.2f}"
    )


async def test_a_password_reset_request_takes_equal_time_for_known_and_unknown_users(
    desk: Desk, as_in_production: None, long: bool, promise: Promise
) -> None:
    known, unknown = await median_seconds(
        50 if long else 3, lambda email: desk.stranger().asks(REQUEST_RESET, email=email)
    )

    assert known >= MIN_DURATION_S
    assert unknown >= MIN_DURATION_S
    assert 0.5 < known / unknown < 2
    promise(
        "Time of a password reset request for a known user, by that for an unknown one (medians)",
        f"{known / unknown:.2f}",
    )


async def test_a_failed_operation_takes_the_constant_duration_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeps: list[float] = []

    async def sleep(seconds: float) -> None:
        sleeps.append(seconds)

    monkeypatch.setattr("backend.identity.constant_time.asyncio.sleep", sleep)
    with pytest.raises(OSError, match="away"):
        async with constant_time.constant_duration():
            raise OSError("the database is away")

    assert len(sleeps) == 1
    assert 0 < sleeps[0] <= MIN_DURATION_S


async def test_passwords_are_hashed_outside_the_event_loop_thread(
    desk: Desk, as_in_production: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[str] = set()
    hash_of, verify = PasswordHasher.hash, PasswordHasher.verify

    def hashes(hasher: PasswordHasher, *values: Any, **more: Any) -> str:
        threads.add(threading.current_thread().name.partition("_")[0])
        return hash_of(hasher, *values, **more)

    def verifies(hasher: PasswordHasher, *values: Any) -> bool:
        threads.add(threading.current_thread().name.partition("_")[0])
        return verify(hasher, *values)

    monkeypatch.setattr(PasswordHasher, "hash", hashes)
    monkeypatch.setattr(PasswordHasher, "verify", verifies)
    for email in (UNKNOWN_EMAIL, KNOWN_EMAIL):
        await desk.stranger().tries_to_sign_in(email, "wrong")

    assert threads == {"argon2"}


async def test_the_worker_is_woken_whether_or_not_a_link_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    wake_ups: list[str] = []

    async def wake_worker(live: object) -> None:
        wake_ups.append("woken")

    monkeypatch.setattr("backend.events.EventBus.wake_worker", wake_worker)
    for email in (KNOWN_EMAIL, UNKNOWN_EMAIL):
        await desk.stranger().asks(REQUEST_RESET, email=email)

    assert wake_ups == ["woken", "woken"]
