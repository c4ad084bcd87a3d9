"""Passwords: argon2id in a bounded pool of threads, and the rules for a new password."""

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
MIN_DISTINCT_CHARACTERS = 5
MIN_OWN_CHARACTERS = 6
"""Characters that are not part of a word about the user."""
MIN_WORD_LENGTH = 4
"""Of words about the user; shorter ones are ignored."""
MAX_CONCURRENT_HASHES = 4
"""Each takes ``argon2_memory_kib``: more at a time would let sign-ins exhaust the memory."""


async def hash_password(password: str) -> str:
    """The salted hash to store."""
    return await _in_pool(_hash, password)


async def is_right(password: str, password_hash: str | None) -> bool:
    """Whether the password fits the hash; without a hash the same work is done, so that time shows nothing."""
    return await _in_pool(_verify, password, password_hash) and password_hash is not None


def is_dated(password_hash: str) -> bool:
    """Whether the hash has other parameters than the settings, and should be replaced at the next sign-in."""
    return _hasher().check_needs_rehash(password_hash)


def require_strong(password: str, field: str, personal: Iterable[str]) -> None:
    """Raises: Refused, when the password is too short or long, common, or little more than words about its user.

    ``personal`` holds the user's names and addresses, which a guesser would try first.
    """
    if (
        not MIN_LENGTH <= len(password) <= MAX_LENGTH
        or len(set(password)) < MIN_DISTINCT_CHARACTERS
        or password.casefold() in _refused_passwords(settings().refused_passwords)
        or len(_without(password.casefold(), personal)) < MIN_OWN_CHARACTERS
    ):
        raise Refused.because(Code.WEAK_PASSWORD, field, limit=MIN_LENGTH)


def _without(password: str, personal: Iterable[str]) -> str:
    words = {word for text in personal for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= MIN_WORD_LENGTH}
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
        return hasher.verify(password_hash or _dummy_hash(hasher), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    except (VerificationError, HashingError) as error:
        # The computation failed: whether the password is right is unknown.
        raise MemoryError from error


def _hasher() -> PasswordHasher:
    return _hasher_of(settings().argon2_passes, settings().argon2_memory_kib)


@cache
def _hasher_of(passes: int, memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)


@cache
def _dummy_hash(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")


@cache
def _refused_passwords(file: Path | None) -> frozenset[str]:
    found_in_breaches = file.read_text(encoding="utf-8").casefold().split("\n") if file else ()
    return frozenset(FREQUENCY_LISTS["passwords"]).union(found_in_breaches)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=MAX_CONCURRENT_HASHES, thread_name_prefix="argon2")


async def _in_pool(work: Callable[..., T], *values: object) -> T:
    try:
        computed = asyncio.get_running_loop().run_in_executor(_pool(), work, *values)
    except RuntimeError as error:  # no memory for one more thread
        raise MemoryError from error
    return await computed
