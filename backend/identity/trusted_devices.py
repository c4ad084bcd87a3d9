"""Browsers in which somebody has signed in before: whatever others guess elsewhere, it does not shut these out.

A browser holds one secret for all who sign in on it, kept as a digest and replaced at each sign-in. It opens nothing:
it only says whose failures are counted apart (throttle.py).
"""

from backend import clock
from backend.identity.models import TrustedDevice, User
from backend.identity.tokens import digest, new_token
from backend.settings import settings
from backend.storage.database import execute, fetch

MAX_TRUSTED_DEVICES = 20
"""Of one person: those that were used last."""

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
    """The id of the device with this secret, if the person of this e-mail address has signed in on it."""
    if token is None:
        return None
    rows = await fetch(KNOWN, digest(token), email.strip(), clock.now() - settings().devices_known)
    return rows[0]["id"] if rows else None


async def remember(user: User, token: str | None) -> str:
    """Know a device from now on, by the secret that is returned; inside the transaction of a sign-in on it.

    ``token`` is what it brought: whom it was known for before it is known for after, and the old secret is nothing.
    """
    fresh = new_token()
    if token is not None:
        await execute(REPLACE, digest(token), digest(fresh))
    await execute(REMEMBER, user.id, digest(fresh), clock.now())
    await execute(FORGET_SURPLUS, user.id, MAX_TRUSTED_DEVICES)
    return fresh


async def forget_all(user_id: int) -> None:
    """Whoever has signed in as this user so far is a stranger from now on."""
    await TrustedDevice.filter(user_id=user_id).delete()
