"""Locks on people: what a transaction on people alone takes first, before what hangs on them.

They are taken by id, as a decision takes them (requests/locking.py), and leave alone whoever only refers to a person.
"""

from collections.abc import Iterable

from backend.identity.models import User


async def lock_people(ids: Iterable[int]) -> dict[int, User]:
    """Lock these people until the transaction at hand ends. Returns them as they are now, by id."""
    held = await User.filter(id__in=set(ids)).order_by("id").select_for_update(no_key=True)
    return {user.id: user for user in held}


async def lock_person(user_id: int) -> User:
    """The same for one of them."""
    return (await lock_people([user_id]))[user_id]
