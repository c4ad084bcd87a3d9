"""How often sign-in may be tried: counted by person and network address, shared by all processes.

The few tries are of one person from one address, so that nobody shuts a person out by guessing from elsewhere; all
addresses together have many more, which only guessing from many of them uses up. Only failures use them up: an office
behind one proxy signs in as often as it likes.
"""

import hashlib
from datetime import timedelta

from backend.settings import settings
from backend.storage.counting import Counter, Limit


class Throttle:
    """Slows down whoever guesses."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def count_attempt(self, email: str, address: str) -> None:
        """Count an attempt against its person from here, its address, and its person. Raises: TooManyAttempts."""
        await self._counter.count(_per_person_and_address(), _from_here(email, address))
        await self._counter.count(_per_address(), address)
        await self._counter.count(_per_person(), _digest(email))

    async def forgive(self, email: str, address: str) -> None:
        """Its owner got in: forget their attempts from here, and this one among those of the address and the person.

        One's own success between guesses at others takes back no guess.
        """
        await self._counter.forgive(_per_person_and_address(), _from_here(email, address))
        self._counter.take_back(_per_address(), address)
        self._counter.take_back(_per_person(), _digest(email))

    async def count_code(self, user_id: int) -> None:
        """Count a code that is tried for a second factor. Raises: TooManyAttempts."""
        await self._counter.count(_per_second_factor(), str(user_id))

    async def forgive_codes(self, user_id: int) -> None:
        """Forget the codes that were tried: the right one came."""
        await self._counter.forgive(_per_second_factor(), str(user_id))


def _per_person_and_address() -> Limit:
    return Limit("sign-in:here", settings().sign_in_attempts_per_person, settings().sign_in_window)


def _per_person() -> Limit:
    return Limit("sign-in:person", settings().sign_in_attempts_per_person_anywhere, settings().sign_in_window)


def _per_address() -> Limit:
    return Limit("sign-in:address", settings().sign_in_attempts_per_address, settings().sign_in_window)


def _per_second_factor() -> Limit:
    return Limit("sign-in:code", settings().second_factor_tries_per_hour, timedelta(hours=1))


def _from_here(email: str, address: str) -> str:
    return f"{_digest(email)}:{address}"


def _digest(email: str) -> str:
    # So that no address of a person stands where counts are kept.
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()
