"""What a change is about: its account, the circumstances that its rules look at, and a like request that pends."""

from copy import copy

from backend import clock
from backend.accounts.models import Account
from backend.identity.models import Organisation, User
from backend.identity.permissions import Permission, may
from backend.problems import NotFound
from backend.requests.change import AccountChange, Change, Circumstances, stored_change
from backend.requests.models import ChangeRequest
from backend.requests.preview import Preview, preview
from backend.storage.database import fetch
from backend.storage.rows import read, select

ACCOUNT = "{select} WHERE id = $1 AND organisation_id = $2 {lock}"

NAME_IS_TAKEN = "SELECT 1 FROM account WHERE organisation_id = $1 AND lower(name) = lower($2)"

PENDING_FOR_ACCOUNT = "SELECT id FROM change_request WHERE state = 'PENDING' AND type = $1 AND account_id = $2"

PENDING_FOR_NAME = """
SELECT id FROM change_request
 WHERE state = 'PENDING' AND type = $1 AND organisation_id = $2 AND lower(account_name) = lower($3)
"""


def change_of(request: ChangeRequest) -> Change:
    """The change that a request asks for."""
    return stored_change(request.type, request.account_id, request.fields_)


async def subject_of(change: Change, organisation_id: int, *, lock: bool = False) -> Account:
    """The account to change, or an empty one of the organisation for a new account.

    A lock holds to the transaction's end: on the account, or on the organisation that a new name is taken in.
    Raises: NotFound, also for another organisation's account.
    """
    if isinstance(change, AccountChange):
        statement = ACCOUNT.format(select=select(Account), lock="FOR NO KEY UPDATE" if lock else "")
        rows = await read(Account, statement, change.account_id, organisation_id)
        if not rows:
            raise NotFound
        return copy(rows[0])
    if lock:
        await Organisation.filter(id=organisation_id).select_for_update(no_key=True).first()
    return Account(organisation_id=organisation_id, version=0)


async def circumstances(change: Change, organisation: Organisation, requester: User) -> Circumstances:
    """What the rules may look at, as it is now."""
    name = change.claimed_name
    name_is_taken = name is not None and bool(await fetch(NAME_IS_TAKEN, organisation.id, name))
    return Circumstances(
        today=clock.today(organisation.time_zone),
        mail_domains=frozenset(organisation.mail_domains),
        name_is_taken=name_is_taken,
        requester_may_file=requester.is_active and may(requester, Permission.FILE_REQUESTS),
    )


async def pending_twin(change: Change, organisation_id: int) -> int | None:
    """The pending request that keeps a like one from being filed: same type and account, or same new name."""
    if isinstance(change, AccountChange):
        rows = await fetch(PENDING_FOR_ACCOUNT, change.type, change.account_id)
    else:
        rows = await fetch(PENDING_FOR_NAME, change.type, organisation_id, change.claimed_name)
    return rows[0]["id"] if rows else None


async def current_preview(request: ChangeRequest) -> tuple[Account, Preview]:
    """The account that a pending request is about, and what its approval would do to it now."""
    change = change_of(request)
    account = await subject_of(change, request.organisation_id)
    owner = await Organisation.get(id=request.organisation_id)
    requester = await User.get(id=request.requested_by_id)
    return account, preview(change, account, await circumstances(change, owner, requester))
