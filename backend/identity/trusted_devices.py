"""Trusted devices: browsers in which a user has signed in before, whose sign-in attempts are counted separately.

A browser has one token for all who sign in on it, stored as a digest and replaced at each sign-in. It grants no access:
it only selects the limit that attempts count against (throttle.py).
"""

from backend import clock
from backend.identity.models import TrustedDevice, User
from backend.identity.tokens import digest, new_token
from backend.settings import settings
from backend.storage.database import execute, fetch

MAX_TRUSTED_DEVICES = 20
"""Of one person; those that were used last are kept."""

KNOWN = """
SELECT d.id FROM known_device d JOIN person p ON p.id = d.user_id
 WHERE d.digest = $1 AND lower(p.email) = lower($2) AND d.seen_at > $3
"""

REPLACE = "UPDATE known_device SET digest = $2 WHERE digest = $1"

REMEMBER = """
INSERT INTO known_device (user_id, digest, seen_at) VALUES ($1, $2, $3)
ON CONFLICT (digest, user_id) DO UPDATE SET seen_at = excluded.seen_at
"""

FORGET_SURPLUS = """
DELETE FROM known_device
 WHERE id IN (SELECT id FROM known_device
               WHERE id IN (SELECT id FROM known_device WHERE user_id = $1 ORDER BY seen_at DESC, id DESC OFFSET $2)
                 FOR UPDATE SKIP LOCKED)
"""


async def trusted_device(token: str | None, email: str) -> int | None:
    """The id of the device with this token, if the person with this e-mail address has signed in on it."""
    if token is None:
        return None
    rows = await fetch(KNOWN, digest(token), email.strip(), clock.now() - settings().devices_known)
    return rows[0]["id"] if rows else None


async def remember(user: User, token: str | None) -> str:
    """Trust a device for this user, inside the transaction of a sign-in on it. Returns the device's new token.

    ``token`` is its earlier one, if any: it becomes invalid, and the users whom the device is trusted for stay.
    """
    replacement = new_token()
    if token is not None:
        await execute(REPLACE, digest(token), digest(replacement))
    await execute(REMEMBER, user.id, digest(replacement), clock.now())
    await execute(FORGET_SURPLUS, user.id, MAX_TRUSTED_DEVICES)
    return replacement


async def forget_all(user_id: int) -> None:
    """Remove all trusted devices of a user."""
    await TrustedDevice.filter(user_id=user_id).delete()
