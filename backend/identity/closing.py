"""Ways in that an operator takes away and gives back; each ends what its user has open, in its own transaction."""

from backend.identity import people, sessions
from backend.identity.audit import Act, record
from backend.identity.models import User
from backend.storage.database import fetch, transaction

# Locked in one order, so that of two who close each other's last colleague at the same moment, one finds it out.
OPEN_CUSTOMER_SUCCESS = """
SELECT id FROM person WHERE role = 'CUSTOMER_SUCCESS' AND is_active ORDER BY id FOR UPDATE
"""


class LastCustomerSuccess(Exception):
    """Without this user nobody could decide a request."""


async def close(user: User, *, even_the_last: bool = False) -> bool:
    """Let a user in no more, end their sessions and their links to set a password. Returns whether they were open.

    Raises: LastCustomerSuccess, unless ``even_the_last``.
    """
    async with transaction():
        deciders = [row["id"] for row in await fetch(OPEN_CUSTOMER_SUCCESS)]
        if deciders == [user.id] and not even_the_last:
            raise LastCustomerSuccess
        return await _become(user, is_active=False, act=Act.USER_CLOSED)


async def reopen(user: User) -> bool:
    """Let a closed user in again, by a new sign-in. Returns whether they were closed."""
    async with transaction():
        return await _become(user, is_active=True, act=Act.USER_REOPENED)


async def sign_out_everywhere(user: User) -> None:
    """End every session of a user, who may sign in anew."""
    async with transaction():
        await sessions.end_all(user.id)
        await _note(Act.SIGNED_OUT_EVERYWHERE, user)


async def _become(user: User, *, is_active: bool, act: Act) -> bool:
    held = await User.filter(id=user.id).select_for_update().get()
    # Also of somebody who is closed already, or comes back: whoever signed in while it happened has one.
    await sessions.end_all(user.id)
    await people.end_resets(user.id)
    if held.is_active == is_active:
        return False
    await User.filter(id=user.id).update(is_active=is_active)
    await _note(act, user)
    return True


async def _note(act: Act, user: User) -> None:
    await record(act, by=None, organisation_id=user.organisation_id, subject=user.email)
