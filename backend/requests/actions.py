"""The actions on an account or a request, each with the problem that keeps the viewer from it, if any."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backend.accounts.models import Account
from backend.accounts.zones import Zone, zone
from backend.errors import Code, Problem
from backend.identity.models import User
from backend.identity.roles import Permission, may
from backend.requests.change import RequestType
from backend.requests.models import ChangeRequest, RequestState
from backend.requests.target import is_of_newer_version, twin_problem
from backend.requests.types import ACCOUNT_CHANGES


class Action(StrEnum):
    """What can be done with an account (REQUEST_… and the name of a type of request) or with a request."""

    _ignore_ = "members change"
    members = vars()
    for change in ACCOUNT_CHANGES:
        members[f"REQUEST_{change.type}"] = f"REQUEST_{change.type}"
    APPROVE = "APPROVE"
    """Apply the request to its account."""
    REJECT = "REJECT"
    """Turn the request down, for a reason."""
    WITHDRAW = "WITHDRAW"
    """Take the request back."""


@dataclass(frozen=True, slots=True)
class AllowedAction:
    """An action, and the problem that keeps the viewer from it, if any."""

    action: Action
    problem: Problem | None = None


def actions_on_account(account: Account, viewer: User, today: date, pending: Mapping[str, int]) -> list[AllowedAction]:
    """Filing a request of each type. ``pending``: the types of the account's pending requests, and their ids."""

    def problem(type_: str, works_on_expired: bool) -> Problem | None:
        if not may(viewer, Permission.FILE_REQUESTS):
            return Problem(Code.NOT_ALLOWED)
        twin = next((other for other in pending if other == type_ or RequestType(other) is RequestType.OTHER), None)
        if twin is not None:
            return twin_problem(twin, pending[twin])
        if zone(account.expires_on, today) is Zone.EXPIRED and not works_on_expired:
            return Problem(Code.ACCOUNT_EXPIRED)
        return None

    return [
        AllowedAction(Action(f"REQUEST_{change.type}"), problem(change.type, change.works_on_expired))
        for change in ACCOUNT_CHANGES
    ]


def actions_on_request(request: ChangeRequest, viewer: User, decider_name: str | None) -> list[AllowedAction]:
    """Approving, rejecting and withdrawing a request."""

    def problem(permission: Permission) -> Problem | None:
        if not may(viewer, permission):
            return Problem(Code.NOT_ALLOWED)
        if is_of_newer_version(request):
            return Problem(Code.NEWER_VERSION, request_id=request.id)
        if request.state != RequestState.PENDING:
            return Problem(Code.ALREADY_DECIDED, values={"who": decider_name}, request_id=request.id)
        if permission is Permission.DECIDE_REQUESTS and request.requested_by_id == viewer.id:
            return Problem(Code.OWN_REQUEST)
        return None

    return [
        AllowedAction(Action.APPROVE, problem(Permission.DECIDE_REQUESTS)),
        AllowedAction(Action.REJECT, problem(Permission.DECIDE_REQUESTS)),
        AllowedAction(Action.WITHDRAW, problem(Permission.WITHDRAW_REQUESTS)),
    ]
