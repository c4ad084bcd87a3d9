"""Locks on people, which a transaction takes before the rows that belong to them.

They are taken in order of id, as by a decision (requests/locking.py), and do not block inserts that refer to a person.
"""

from collections.abc import Iterable

from backend.identity.models import User


async def lock_people(ids: Iterable[int]) -> dict[int, User]:
    """Lock these people until the transaction ends. Returns them as they are now, by id."""
    people = await User.filter(id__in=set(ids)).order_by("id").select_for_update(no_key=True)
    return {user.id: user for user in people}


async def lock_person(user_id: int) -> User:
    """Lock one person until the transaction ends. Returns them as they are now."""
    return (await lock_people([user_id]))[user_id]
