"""How often sign-in may be tried: counted by person and network address, shared by all processes.

The few tries are of one person from one address, so that nobody shuts a person out by guessing from elsewhere; all
addresses together have many more, which only guessing from many of them uses up.
"""

import hashlib

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
        """Forget the attempts for an e-mail address from here: its owner got in."""
        await self._counter.forgive(_per_person_and_address(), _from_here(email, address))


def _per_person_and_address() -> Limit:
    return Limit("sign-in:here", settings().sign_in_attempts_per_person, settings().sign_in_window)


def _per_person() -> Limit:
    return Limit("sign-in:person", settings().sign_in_attempts_per_person_anywhere, settings().sign_in_window)


def _per_address() -> Limit:
    return Limit("sign-in:address", settings().sign_in_attempts_per_address, settings().sign_in_window)


def _from_here(email: str, address: str) -> str:
    return f"{_digest(email)}:{address}"


def _digest(email: str) -> str:
    # So that no address of a person stands where counts are kept.
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()
