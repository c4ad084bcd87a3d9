"""Signing in by e-mail address and password, slowed down for whoever guesses."""

from copy import copy

import structlog

from backend.errors import Code, Refused
from backend.identity import passwords, second_factor
from backend.identity.locking import lock_people
from backend.identity.models import User
from backend.identity.throttle import Throttle
from backend.identity.trusted_devices import trusted_device
from backend.storage.rows import read, select

log = structlog.get_logger()


async def authenticate(
    email: str, password: str, code: str | None, *, address: str, device_token: str | None, throttle: Throttle
) -> User:
    """The active user with this e-mail address and password, and a code of their second factor if they have one.

    Unknown users, wrong passwords and closed users look the same; only who knows the password learns whether a code is
    needed. Raises: Refused, TooManyAttempts.
    """
    device_id = await trusted_device(device_token, email)
    await throttle.count_sign_in(email, address, device_id)
    user = await user_with(email)
    right = await passwords.is_right(password, user.password_hash if user else None)
    if user is None or not right or not user.is_active:
        log.warning("a sign-in was refused", address=address, user_id=user.id if user else None)
        raise Refused.because(Code.WRONG_CREDENTIALS)
    await throttle.forgive_sign_in(email, address, device_id)
    if passwords.is_dated(user.password_hash):
        user.password_hash = await _hashed_anew(user, password)
    if user.second_factor_since is not None:
        await second_factor.require_code(user, code, throttle)
    return user


async def require_unchanged(user: User, *others: User) -> None:
    """Lock who was authenticated, and whom else the transaction of a sign-in touches.

    Raises: Refused, when their password, their second factor or whether they may come in has changed since.
    """
    held = (await lock_people([user.id, *(other.id for other in others)]))[user.id]
    proved = (user.password_hash, user.second_factor_since, True)
    if (held.password_hash, held.second_factor_since, held.is_active) != proved:
        raise Refused.because(Code.WRONG_CREDENTIALS)


async def require_password(user: User, password: str, throttle: Throttle) -> None:
    """Be sure that it is the user who asks. Raises: Refused, TooManyAttempts."""
    await throttle.count_password(user.id)
    if not await passwords.is_right(password, user.password_hash):
        raise Refused.because(Code.WRONG_PASSWORD, "currentPassword")
    await throttle.forgive_passwords(user.id)


async def _hashed_anew(user: User, password: str) -> str:
    """The hash that is stored from now on; another's, when it was replaced meanwhile and this password fits it too."""
    fresh = await passwords.hash_password(password)
    if await User.filter(id=user.id, password_hash=user.password_hash).update(password_hash=fresh):
        return fresh
    now = (await User.get(id=user.id)).password_hash
    if not await passwords.is_right(password, now):
        raise Refused.because(Code.WRONG_CREDENTIALS)
    return now


async def user_with(email: str) -> User | None:
    """The user with this e-mail address, whatever its case; one statement whether or not there is one."""
    rows = await read(User, f"{select(User)} WHERE lower(email) = lower($1)", email.strip())
    return copy(rows[0]) if rows else None
