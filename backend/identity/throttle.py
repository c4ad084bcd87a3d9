"""Limits on sign-in attempts, by person, network address and device, shared by all processes.

The lowest limit is that of one person from one address. Those of one person from all addresses, of one address, and of
everybody are higher: only guessing from many addresses, or at many persons, reaches them. A browser that the person has
signed in on before has a limit of its own and none of the others, so guessing elsewhere cannot lock it out. Only
failures count: an office behind one proxy signs in as often as it likes.
"""

from datetime import timedelta

from backend.identity.tokens import digest
from backend.network_addresses import counted_as
from backend.settings import settings
from backend.storage.rate_limiter import Limit, RateLimiter


class Throttle:
    """Counts attempts at passwords and codes against their limits."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter

    async def count_sign_in(self, email: str, address: str, device_id: int | None) -> None:
        """Count an attempt to sign in; ``device_id``: of the trusted device, if it is one. Raises: TooManyAttempts."""
        if device_id is not None:
            await self._limiter.count(_per_device(), str(device_id))
            return
        await self.count_from_here(email, address)
        await self._limiter.count(_of_everybody(), "")

    async def forgive_sign_in(self, email: str, address: str, device_id: int | None) -> None:
        """After a success: reset the count of the person at this address, and refund this attempt to the other limits.

        The other limits are not reset: a guesser's own sign-in must not forgive guesses at other persons.
        """
        if device_id is not None:
            await self._limiter.forgive(_per_device(), str(device_id))
            return
        await self._limiter.forgive(_per_person_and_address(), _from_here(email, address))
        self._limiter.refund(_per_address(), counted_as(address))
        self._limiter.refund(_per_person(), _person(email))
        self._limiter.refund(_of_everybody(), "")

    async def count_from_here(self, email: str, address: str) -> None:
        """Count an attempt for a person: at this address, of this address, of this person. Raises: TooManyAttempts."""
        await self._limiter.count(_per_person_and_address(), _from_here(email, address))
        await self._limiter.count(_per_address(), counted_as(address))
        await self._limiter.count(_per_person(), _person(email))

    async def count_password(self, user_id: int) -> None:
        """Count a password attempt of a user who is signed in, apart from sign-ins. Raises: TooManyAttempts."""
        await self._limiter.count(_per_signed_in(), str(user_id))

    async def forgive_passwords(self, user_id: int) -> None:
        """Reset the count of ``count_password`` after the right password."""
        await self._limiter.forgive(_per_signed_in(), str(user_id))

    async def count_code(self, user_id: int) -> None:
        """Count an attempt at a code of a second factor. Raises: TooManyAttempts."""
        await self._limiter.count(_per_second_factor(), str(user_id))

    async def forgive_codes(self, user_id: int) -> None:
        """Reset the count of ``count_code`` after the right code."""
        await self._limiter.forgive(_per_second_factor(), str(user_id))


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
    # By digest, so that the counts hold no e-mail address.
    return digest(email.strip().casefold())
