"""How often sign-in may be tried: counted per e-mail address and per network address, shared by all processes."""

import hashlib

from backend.settings import settings
from backend.storage.counting import Counter, Limit


class Throttle:
    """Slows down whoever guesses."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def count_attempt(self, email: str, address: str) -> None:
        """Count an attempt against its person and its address. Raises: TooManyAttempts."""
        await self._counter.count(_per_person(), _digest(email))
        await self._counter.count(_per_address(), address)

    async def forgive(self, email: str) -> None:
        """Forget the attempts for an e-mail address: its owner got in."""
        await self._counter.forgive(_per_person(), _digest(email))


def _per_person() -> Limit:
    return Limit("sign-in:person", settings().sign_in_attempts_per_person, settings().sign_in_window)


def _per_address() -> Limit:
    return Limit("sign-in:address", settings().sign_in_attempts_per_address, settings().sign_in_window)


def _digest(email: str) -> str:
    # So that no address of a person stands where counts are kept.
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()
