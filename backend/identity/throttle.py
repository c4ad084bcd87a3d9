"""How often sign-in may be tried: counted by person, network address and device, shared by all processes.

The few tries are of one person from one address; all addresses together have many more, and so have all persons
together, which only guessing from many addresses uses up. A browser that the person has signed in on before has a few
tries of its own and is not asked for the others: no guessing from elsewhere shuts it out. Only failures use tries up:
an office behind one proxy signs in as often as it likes.
"""

from datetime import timedelta

from backend.identity.tokens import digest
from backend.network_addresses import counted_as
from backend.settings import settings
from backend.storage.rate_limiter import Limit, RateLimiter


class Throttle:
    """Slows down whoever guesses."""

    def __init__(self, counter: RateLimiter) -> None:
        self._counter = counter

    async def count_sign_in(self, email: str, address: str, device_id: int | None) -> None:
        """Count an attempt to sign in, on a device that is known for its person or not. Raises: TooManyAttempts."""
        if device_id is not None:
            await self._counter.count(_per_device(), str(device_id))
            return
        await self.count_from_here(email, address)
        await self._counter.count(_of_everybody(), "")

    async def forgive_sign_in(self, email: str, address: str, device_id: int | None) -> None:
        """Its owner got in: forget their attempts from here, and this one among those of all others.

        One's own success between guesses at others takes back no guess.
        """
        if device_id is not None:
            await self._counter.forgive(_per_device(), str(device_id))
            return
        await self._counter.forgive(_per_person_and_address(), _from_here(email, address))
        self._counter.refund(_per_address(), counted_as(address))
        self._counter.refund(_per_person(), _person(email))
        self._counter.refund(_of_everybody(), "")

    async def count_from_here(self, email: str, address: str) -> None:
        """Count what is done for a person against them here, the address, and the person. Raises: TooManyAttempts."""
        await self._counter.count(_per_person_and_address(), _from_here(email, address))
        await self._counter.count(_per_address(), counted_as(address))
        await self._counter.count(_per_person(), _person(email))

    async def count_password(self, user_id: int) -> None:
        """Count a password that is tried by who is signed in; others' guesses are not. Raises: TooManyAttempts."""
        await self._counter.count(_per_signed_in(), str(user_id))

    async def forgive_passwords(self, user_id: int) -> None:
        """Forget the passwords that were tried: the right one came."""
        await self._counter.forgive(_per_signed_in(), str(user_id))

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


def _of_everybody() -> Limit:
    return Limit("sign-in:everybody", settings().sign_in_attempts_everywhere, settings().sign_in_window)


def _per_device() -> Limit:
    return Limit("sign-in:device", settings().sign_in_attempts_per_person, settings().sign_in_window)


def _per_signed_in() -> Limit:
    return Limit("sign-in:signed-in", settings().sign_in_attempts_per_person, settings().sign_in_window)


def _per_second_factor() -> Limit:
    return Limit("sign-in:code", settings().second_factor_tries_per_hour, timedelta(hours=1))


def _from_here(email: str, address: str) -> str:
    return f"{_person(email)}:{counted_as(address)}"


def _person(email: str) -> str:
    # By digest, so that no address of a person stands where counts are kept.
    return digest(email.strip().casefold())
