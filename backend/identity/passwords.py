"""Passwords: argon2id, in a bounded pool of threads, and what a new one must be."""

import asyncio
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import HashingError, InvalidHashError, VerificationError, VerifyMismatchError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from backend.errors import Code, Refused
from backend.settings import settings

T = TypeVar("T")

MIN_LENGTH = 10
MAX_LENGTH = 200
MIN_DIFFERENT = 5
"""Different characters."""
MIN_OF_ITS_OWN = 6
"""Characters that are not of a word about its user."""
SHORTEST_WORD = 4
AT_ONCE = 4
"""Hashes computed at the same time: each takes tens of MiB, so more would let sign-ins exhaust the memory."""


async def hash_password(password: str) -> str:
    """The salted hash to store."""
    return await _in_pool(_hash, password)


async def is_right(password: str, password_hash: str | None) -> bool:
    """Whether the password fits; without a hash the same work is done, so that nobody learns who exists."""
    return await _in_pool(_verify, password, password_hash) and password_hash is not None


def is_dated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's, and should be made anew at the next sign-in."""
    return _hasher().check_needs_rehash(password_hash)


def require_strong(password: str, field: str, about: Iterable[str]) -> None:
    """Raises: Refused, unless the password has a good length, is not common, and is more than words about its user.

    ``about`` holds the names and addresses that whoever guesses would try first.
    """
    if (
        not MIN_LENGTH <= len(password) <= MAX_LENGTH
        or len(set(password)) < MIN_DIFFERENT
        or password.casefold() in _refused_passwords(settings().refused_passwords)
        or len(_without(password.casefold(), about)) < MIN_OF_ITS_OWN
    ):
        raise Refused.because(Code.WEAK_PASSWORD, field, limit=MIN_LENGTH)


def _without(password: str, about: Iterable[str]) -> str:
    words = {word for text in about for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= SHORTEST_WORD}
    for word in sorted(words, key=len, reverse=True):
        password = password.replace(word, "")
    return password


def _hash(password: str) -> str:
    try:
        return _hasher().hash(password)
    except HashingError as error:
        raise MemoryError from error


def _verify(password: str, password_hash: str | None) -> bool:
    try:
        hasher = _hasher()
        return hasher.verify(password_hash or _nobodys_hash(hasher), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    except (VerificationError, HashingError) as error:
        # Of what was computed in vain nobody knows whether it was right.
        raise MemoryError from error


def _hasher() -> PasswordHasher:
    return _hasher_of(settings().argon2_passes, settings().argon2_memory_kib)


@cache
def _hasher_of(passes: int, memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)


@cache
def _nobodys_hash(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")


@cache
def _refused_passwords(more: Path | None) -> frozenset[str]:
    found_in_breaches = more.read_text(encoding="utf-8").casefold().split("\n") if more else ()
    return frozenset(FREQUENCY_LISTS["passwords"]).union(found_in_breaches)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="argon2")


async def _in_pool(work: Callable[..., T], *values: object) -> T:
    try:
        computed = asyncio.get_running_loop().run_in_executor(_pool(), work, *values)
    except RuntimeError as error:  # no memory for one more thread
        raise MemoryError from error
    return await computed
