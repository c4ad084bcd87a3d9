"""Ways in that an operator takes away and gives back; each ends what its user has open, in its own transaction."""

from backend.identity import people, sessions
from backend.identity.audit import Act, record_on_user
from backend.identity.locking import lock_person
from backend.identity.models import User
from backend.identity.roles import Role
from backend.storage.database import fetch, transaction

# Of two who close each other's last colleague at the same moment, one finds it out. All are locked in one order by one
# statement: a decision holds its requester and its decider.
LOCK_WITH_COLLEAGUES = """
SELECT id, role, is_active FROM person
 WHERE id = $1 OR (role = 'CUSTOMER_SUCCESS' AND is_active
                   AND 'CUSTOMER_SUCCESS' = (SELECT role FROM person WHERE id = $1))
 ORDER BY id FOR NO KEY UPDATE
"""


class LastCustomerSuccess(Exception):
    """Without this user nobody could decide a request."""


async def close(user: User, *, even_the_last: bool = False) -> bool:
    """Let a user in no more, end their sessions and their links to set a password. Returns whether they were open.

    Raises: LastCustomerSuccess, unless ``even_the_last``.
    """
    async with transaction():
        held = await fetch(LOCK_WITH_COLLEAGUES, user.id)
        deciders = [row["id"] for row in held if row["role"] == Role.CUSTOMER_SUCCESS and row["is_active"]]
        if deciders == [user.id] and not even_the_last:
            raise LastCustomerSuccess
        was_active = any(row["id"] == user.id and row["is_active"] for row in held)
        return await _become(user, was_active, is_active=False, act=Act.USER_CLOSED)


async def reopen(user: User) -> bool:
    """Let a closed user in again, by a new sign-in. Returns whether they were closed."""
    async with transaction():
        was_active = (await lock_person(user.id)).is_active
        return await _become(user, was_active, is_active=True, act=Act.USER_REOPENED)


async def sign_out_everywhere(user: User) -> None:
    """End every session of a user, who may sign in anew."""
    async with transaction():
        await lock_person(user.id)
        await sessions.end_all(user.id)
        await record_on_user(Act.SIGNED_OUT_EVERYWHERE, user, by=None)


async def _become(user: User, was_active: bool, *, is_active: bool, act: Act) -> bool:
    # Also of somebody who is closed already, or comes back: whoever signed in while it happened has one.
    await sessions.end_all(user.id)
    await people.end_resets(user.id)
    if was_active == is_active:
        return False
    await User.filter(id=user.id).update(is_active=is_active)
    await record_on_user(act, user, by=None)
    return True
