"""What a decision holds until its transaction ends, taken in one order by everybody, so that nobody waits in a circle.

The order of all locks: the idempotency key (retries.py), the subject (the account; for a new account the organisation
that its name is taken in), the request, the people by id, the rows of the mail ledger. A transaction may leave steps
out; it never goes back. Transactions on people alone take the person first, then what hangs on them.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from backend.accounts.models import Account
from backend.identity.models import Organisation, User
from backend.identity.permissions import Permission
from backend.identity.permissions import require as require_permission
from backend.problems import NotFound, NotSignedIn
from backend.requests.change import Change
from backend.requests.models import ChangeRequest
from backend.requests.subject import change_of, subject_of
from backend.storage.rows import read, read_by_id, select

LOCK_REQUEST = "{select} WHERE id = $1 FOR UPDATE"

LOCK_PEOPLE = "{select} WHERE id = ANY($1::bigint[]) ORDER BY id FOR SHARE"


@dataclass(frozen=True, slots=True)
class Held:
    """A request, what it asks for, of which account and by whom: none of it changes under the holder.

    The organisation that it belongs to is read, not locked, unless a new name is taken in it.
    """

    request: ChangeRequest
    change: Change
    account: Account
    requester: User
    owner: Organisation


async def hold(request_id: int, *, by: User, permission: Permission) -> Held:
    """Lock a request and all that its decision looks at; inside a transaction.

    Raises: NotFound, NotSignedIn, Forbidden (also when the role that grants the permission was lost while this waited).
    """
    require_permission(by, Permission.SEE_SECTION)
    found = (await read_by_id(ChangeRequest, [request_id])).get(request_id)
    if found is None or by.organisation_id not in {None, found.organisation_id}:
        raise NotFound
    change = change_of(found)
    account = await subject_of(change, found.organisation_id, lock=True)
    (row,) = await read(ChangeRequest, LOCK_REQUEST.format(select=select(ChangeRequest)), request_id)
    request = copy(row)
    people = await hold_people({by.id, request.requested_by_id})
    _require_still(people[by.id], permission)
    owner = await read_by_id(Organisation, [request.organisation_id])
    return Held(request, change, account, people[request.requested_by_id], owner[request.organisation_id])


async def hold_filer(by: User) -> User:
    """Lock who files a request, as they are now, for themselves alone; after the subject.

    Raises: NotSignedIn, Forbidden.
    """
    filer = await User.filter(id=by.id).select_for_update(no_key=True).get()
    _require_still(filer, Permission.FILE_REQUESTS)
    return filer


async def hold_people(ids: Iterable[int]) -> dict[int, User]:
    """Users as they are now, kept from being changed or closed; others may hold them too."""
    return {user.id: user for user in await read(User, LOCK_PEOPLE.format(select=select(User)), list(ids))}


def _require_still(user: User, permission: Permission) -> None:
    if not user.is_active:
        # As if they had been closed before they asked.
        raise NotSignedIn
    require_permission(user, permission)
