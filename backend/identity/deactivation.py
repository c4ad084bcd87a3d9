"""Closing and reopening users by an operator; each act ends the user's sessions, in its own transaction."""

from backend.identity import people, sessions
from backend.identity.audit import Act, record_on_user
from backend.identity.locking import lock_person
from backend.identity.models import User
from backend.identity.roles import Role
from backend.storage.database import fetch, transaction

# Locks all colleagues, so that two concurrent closings cannot close the last two of them. In order of id, by one
# statement: a decision locks its requester and its decider in the same order.
LOCK_WITH_COLLEAGUES = """
SELECT id, role, is_active FROM person
 WHERE id = $1 OR (role = 'CUSTOMER_SUCCESS' AND is_active
                   AND 'CUSTOMER_SUCCESS' = (SELECT role FROM person WHERE id = $1))
 ORDER BY id FOR NO KEY UPDATE
"""


class LastCustomerSuccess(Exception):
    """The user is the last active one of Customer Success: nobody else could decide a request."""


async def close(user: User, *, even_the_last: bool = False) -> bool:
    """Close a user: no further sign-in, and their sessions and password links end. Returns whether they were open.

    Raises: LastCustomerSuccess, unless ``even_the_last``.
    """
    async with transaction():
        rows = await fetch(LOCK_WITH_COLLEAGUES, user.id)
        deciders = [row["id"] for row in rows if row["role"] == Role.CUSTOMER_SUCCESS and row["is_active"]]
        if deciders == [user.id] and not even_the_last:
            raise LastCustomerSuccess
        was_active = any(row["id"] == user.id and row["is_active"] for row in rows)
        return await _set_active(user, was_active, is_active=False, act=Act.USER_CLOSED)


async def reopen(user: User) -> bool:
    """Let a closed user sign in again. Returns whether they were closed."""
    async with transaction():
        was_active = (await lock_person(user.id)).is_active
        return await _set_active(user, was_active, is_active=True, act=Act.USER_REOPENED)


async def sign_out_everywhere(user: User) -> None:
    """End every session of a user, who may sign in again."""
    async with transaction():
        await lock_person(user.id)
        await sessions.end_all(user.id)
        await record_on_user(Act.SIGNED_OUT_EVERYWHERE, user, by=None)


async def _set_active(user: User, was_active: bool, *, is_active: bool, act: Act) -> bool:
    # Also where nothing changes: a sign-in at the same moment may have opened a session.
    await sessions.end_all(user.id)
    await people.end_resets(user.id)
    if was_active == is_active:
        return False
    await User.filter(id=user.id).update(is_active=is_active)
    await record_on_user(act, user, by=None)
    return True
