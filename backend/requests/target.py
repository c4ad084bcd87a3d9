"""The target of a change: its account, the context of its rules, and a pending request of the same kind."""

from collections.abc import Sequence
from copy import copy

from backend import clock
from backend.accounts.models import Account
from backend.errors import Code, NotFound, Problem, Refused
from backend.identity.models import Organisation, User
from backend.identity.roles import Permission, may
from backend.requests.change import AccountChange, Change, RequestType, RuleContext
from backend.requests.models import ChangeRequest, RequestState
from backend.requests.preview import Preview, preview
from backend.requests.types import stored_change
from backend.storage.database import fetch
from backend.storage.rows import read, select

ACCOUNT = "{select} WHERE id = $1 AND organisation_id = $2 {lock}"

NAMES_TAKEN = """
SELECT EXISTS (
           SELECT FROM account WHERE organisation_id = claimed.organisation_id AND lower(name) = lower(claimed.name)
       ) AS is_taken
  FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS claimed (organisation_id, name, place)
 ORDER BY claimed.place
"""

# A request of a newer version may be the twin of any other.
TWIN = "state = 'PENDING' AND (type = $1 OR type <> ALL($2::text[]))"

PENDING_FOR_ACCOUNT = f"SELECT id, type FROM change_request WHERE {TWIN} AND account_id = $3"  # noqa: S608 - our own text

PENDING_FOR_NAME = f"""
SELECT id, type FROM change_request WHERE {TWIN} AND organisation_id = $3 AND lower(account_name) = lower($4)
"""  # noqa: S608 - our own text


def change_of(request: ChangeRequest) -> Change | None:
    """The change that a request asks for; None for one of a newer version."""
    return stored_change(request.type, request.account_id, request.fields_)


def is_of_newer_version(request: ChangeRequest) -> bool:
    """Whether only a newer version can decide it: its state is unknown, or it is pending with an unknown change."""
    state = RequestState(request.state)
    return state is RequestState.OTHER or (state is RequestState.PENDING and change_of(request) is None)


async def load_target(change: Change, organisation_id: int, *, lock: bool = False) -> Account:
    """The account to change, or an empty one of the organisation for a new account.

    ``lock`` locks the account, or for a new one the organisation, until the transaction ends.
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


async def names_taken(claimed: Sequence[tuple[int, str]]) -> list[bool]:
    """For each organisation's id and name, whether an account has that name, ignoring case."""
    rows = await fetch(NAMES_TAKEN, [id_ for id_, _ in claimed], [name for _, name in claimed])
    return [row["is_taken"] for row in rows]


async def load_rule_context(change: Change, organisation: Organisation, requester: User) -> RuleContext:
    """The context of a change's rules, as it is now."""
    name = change.claimed_name
    is_taken = name is not None and (await names_taken([(organisation.id, name)]))[0]
    return rule_context(organisation, requester, name_is_taken=is_taken)


def rule_context(organisation: Organisation, requester: User, *, name_is_taken: bool) -> RuleContext:
    """The context of a change's rules, for callers that know whether the name is taken."""
    return RuleContext(
        today=clock.today(organisation.time_zone),
        mail_domains=frozenset(organisation.mail_domains),
        name_is_taken=name_is_taken,
        requester_may_file=requester.is_active and may(requester, Permission.FILE_REQUESTS),
    )


async def require_no_twin(change: Change, organisation_id: int) -> None:
    """Raises: Refused, when a twin is pending: a request of the same type and account, or with the same new name."""
    types = [type_.value for type_ in RequestType.known()]
    if isinstance(change, AccountChange):
        rows = await fetch(PENDING_FOR_ACCOUNT, change.type, types, change.account_id)
    else:
        rows = await fetch(PENDING_FOR_NAME, change.type, types, organisation_id, change.claimed_name)
    if rows:
        raise Refused([twin_problem(rows[0]["type"], rows[0]["id"])])


def twin_problem(type_: str, request_id: int) -> Problem:
    """The problem of filing a twin of this pending request."""
    code = Code.NEWER_VERSION if RequestType(type_) is RequestType.OTHER else Code.ALREADY_PENDING
    return Problem(code, request_id=request_id)


async def current_preview(request: ChangeRequest) -> tuple[Account, Preview]:
    """The account of a pending request, and the preview of its approval now."""
    change = change_of(request)
    assert change is not None
    account = await load_target(change, request.organisation_id)
    owner = await Organisation.get(id=request.organisation_id)
    requester = await User.get(id=request.requested_by_id)
    return account, preview(change, account, await load_rule_context(change, owner, requester))
