"""Signing in by e-mail address, password and second factor, with limits on guessing."""

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

    Unknown users, wrong passwords and closed users get the same answer; that a code is needed is shown only after
    the right password. Raises: Refused, TooManyAttempts.
    """
    device_id = await trusted_device(device_token, email)
    await throttle.count_sign_in(email, address, device_id)
    user = await user_with(email)
    is_right = await passwords.is_right(password, user.password_hash if user else None)
    if user is None or not is_right or not user.is_active:
        log.warning("a sign-in was refused", address=address, user_id=user.id if user else None)
        raise Refused.because(Code.WRONG_CREDENTIALS)
    await throttle.forgive_sign_in(email, address, device_id)
    if passwords.is_dated(user.password_hash):
        user.password_hash = await _rehash(user, password)
    if user.second_factor_since is not None:
        await second_factor.require_code(user, code, throttle)
    return user


async def require_unchanged(user: User, *others: User) -> None:
    """Lock an authenticated user, and the others whom the transaction of a sign-in changes.

    Raises: Refused, when the user's password or second factor was changed, or they were closed, since.
    """
    current = (await lock_people([user.id, *(other.id for other in others)]))[user.id]
    authenticated = (user.password_hash, user.second_factor_since, True)
    if (current.password_hash, current.second_factor_since, current.is_active) != authenticated:
        raise Refused.because(Code.WRONG_CREDENTIALS)


async def require_password(user: User, password: str, throttle: Throttle) -> None:
    """Check the password of a user who is signed in. Raises: Refused (wrong), TooManyAttempts."""
    await throttle.count_password(user.id)
    if not await passwords.is_right(password, user.password_hash):
        raise Refused.because(Code.WRONG_PASSWORD, "currentPassword")
    await throttle.forgive_passwords(user.id)


async def _rehash(user: User, password: str) -> str:
    """Store a new hash of the same password. Returns the stored hash; another one if it was replaced meanwhile.

    Raises: Refused, when this password does not fit that other hash.
    """
    new_hash = await passwords.hash_password(password)
    if await User.filter(id=user.id, password_hash=user.password_hash).update(password_hash=new_hash):
        return new_hash
    stored = (await User.get(id=user.id)).password_hash
    if not await passwords.is_right(password, stored):
        raise Refused.because(Code.WRONG_CREDENTIALS)
    return stored


async def user_with(email: str) -> User | None:
    """The user with this e-mail address, ignoring case; one statement whether or not there is one."""
    rows = await read(User, f"{select(User)} WHERE lower(email) = lower($1)", email.strip())
    return copy(rows[0]) if rows else None
