"""The locks that filing and deciding take until their transaction ends, in one order, so that no deadlock arises.

The order of all locks: the idempotency key (idempotency.py), the target (the account; for a new account the
organisation that its name is taken in), the request, the people by id, the rows of the mail ledger. A transaction may
leave steps out; it never goes back. Transactions on people alone take the person first, then what hangs on them.
"""

from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from backend.accounts.models import Account
from backend.errors import Code, NotFound, NotSignedIn, Problem, Refused
from backend.identity.locking import lock_person
from backend.identity.models import Organisation, User
from backend.identity.roles import Permission
from backend.identity.roles import require as require_permission
from backend.identity.scope import Scope
from backend.requests.change import Change
from backend.requests.models import ChangeRequest
from backend.requests.target import change_of, is_of_newer_version, load_target
from backend.storage.rows import Joined, columns_of, prefix_of, read, read_by_id, select

# Who filed the request is read from the locked row: so the people are locked after it.
LOCK_REQUEST_AND_PEOPLE = """
WITH request AS (
    {request} WHERE id = $1 FOR UPDATE
), people AS (
    {people} WHERE id = ANY (ARRAY[$2, (SELECT requested_by_id FROM request)]) ORDER BY id FOR SHARE
)
SELECT request.*, {decider}, {requester}, {owner}
  FROM request JOIN people d ON d.id = $2 JOIN people q ON q.id = request.requested_by_id
  JOIN organisation o ON o.id = request.organisation_id
"""

DECIDER, REQUESTER, OWNER = map(prefix_of, ("decider", "requester", "owner"))


@dataclass(frozen=True, slots=True)
class LockedRequest:
    """A request with its change, account and requester, all locked until the transaction ends.

    Its organisation is read and not locked, except for a new account, whose name is taken in it.
    """

    request: ChangeRequest
    change: Change
    account: Account
    requester: User
    owner: Organisation


async def lock_for_decision(request_id: int, *, by: User, permission: Permission) -> LockedRequest:
    """Lock a pending request, its account and its people; inside a transaction.

    Raises: NotFound, NotSignedIn, Forbidden (also when the user lost the permission while this waited), Refused (the
    request is decided already, or of a newer version).
    """
    require_permission(by, permission)
    request = (await read_by_id(ChangeRequest, [request_id])).get(request_id)
    if request is None or not Scope.of(by).includes(request.organisation_id):
        raise NotFound
    account = await load_target(await _known_change(request), request.organisation_id, lock=True)
    row: Any
    (row,) = await read(ChangeRequest, _lock_request_and_people(), request_id, by.id)
    _require_still(cast(User, Joined(row, DECIDER)), permission)
    requester, owner = cast(User, Joined(row, REQUESTER)), cast(Organisation, Joined(row, OWNER))
    # A newer version may have revised what it asks for while this waited.
    return LockedRequest(copy(row), await _known_change(row), account, requester, owner)


async def already_decided(request: ChangeRequest) -> Problem:
    """The problem of acting on a request that has been decided, with the name of who decided."""
    decider = await User.get(id=request.decided_by_id)
    return Problem(Code.ALREADY_DECIDED, values={"who": decider.name}, request_id=request.id)


async def _known_change(request: ChangeRequest) -> Change:
    if is_of_newer_version(request):
        raise Refused([Problem(Code.NEWER_VERSION, request_id=request.id)])
    change = change_of(request)
    if change is None:
        raise Refused([await already_decided(request)])
    return change


async def lock_for_filing(change: Change, organisation_id: int, *, by: User) -> tuple[Account, User]:
    """Lock the target of a change, then the person who files; inside a transaction.

    Returns the account (an empty one for a new account) and the person, as they are now. Raises: NotFound (the
    account), NotSignedIn, Forbidden.
    """
    account = await load_target(change, organisation_id, lock=True)
    filer = await lock_person(by.id)
    _require_still(filer, Permission.FILE_REQUESTS)
    return account, filer


@cache
def _lock_request_and_people() -> str:
    return LOCK_REQUEST_AND_PEOPLE.format(
        request=select(ChangeRequest),
        people=select(User),
        decider=columns_of(User, "d", DECIDER),
        requester=columns_of(User, "q", REQUESTER),
        owner=columns_of(Organisation, "o", OWNER),
    )


def _require_still(user: User, permission: Permission) -> None:
    if not user.is_active:
        # The same answer as to a call that came after they were closed.
        raise NotSignedIn
    require_permission(user, permission)
