"""The life of a request: filed, then approved, rejected or withdrawn, once (docs/domain.md, Change requests)."""

from collections.abc import Mapping, Sequence
from datetime import date

from backend import clock
from backend.accounts.changes import FieldChange
from backend.accounts.models import Account
from backend.accounts.timeline import TimelineKind, changes_since, event
from backend.errors import Code, Problem, Refused
from backend.identity import audit
from backend.identity.audit import Act
from backend.identity.models import Organisation, User
from backend.identity.roles import Permission
from backend.identity.roles import require as require_permission
from backend.mail import ledger
from backend.requests import notifications
from backend.requests.change import Change
from backend.requests.idempotency import IdempotencyKey, idempotent
from backend.requests.locking import LockedRequest, already_decided, lock_for_decision, lock_for_filing
from backend.requests.models import ChangeRequest, RequestState
from backend.requests.preview import Preview, account_version_of, preview
from backend.requests.quotas import require_quota
from backend.requests.rules import MAX_COMMENT_LENGTH, MAX_REASON_LENGTH, require, text_rules
from backend.requests.target import load_rule_context, load_target, require_no_twin
from backend.storage.batch import Statement, execute_together, update

FOLLOWING: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.PENDING: frozenset({RequestState.APPROVED, RequestState.REJECTED, RequestState.WITHDRAWN}),
    RequestState.APPROVED: frozenset(),
    RequestState.REJECTED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.OTHER: frozenset(),
}
"""The states that may follow each state; the final ones have none."""

DECISION = ("account_id", "state", "reason", "decided_by_id", "decided_at", "changes")


async def preview_filing(change: Change, *, by: User) -> Preview:
    """The preview of a request for this change, filed now. Raises: Forbidden, NotFound (the account)."""
    organisation_id = _own_organisation(by)
    account = await load_target(change, organisation_id)
    return preview(change, account, await load_rule_context(change, await Organisation.get(id=organisation_id), by))


async def file(
    change: Change,
    *,
    by: User,
    comment: str = "",
    preview_version: str | None = None,
    key: IdempotencyKey | None = None,
) -> ChangeRequest:
    """File a request for a change, once per key, and notify Customer Success.

    ``preview_version`` is that of the preview that the user saw, if any. Raises: Forbidden, NotFound (the account),
    Refused (a rule does not hold, a request of this kind is pending, a quota is used up, or the preview is stale), and
    what ``idempotent`` raises.
    """

    async def act() -> ChangeRequest:
        organisation_id = _own_organisation(by)
        require(text_rules("comment", comment, MAX_COMMENT_LENGTH))
        account, filer = await lock_for_filing(change, organisation_id, by=by)
        await require_no_twin(change, organisation_id)
        await require_quota(change.type, filer)
        owner = await Organisation.get(id=organisation_id)
        current = preview(change, account, await load_rule_context(change, owner, filer))
        if preview_version is not None and current.version != preview_version:
            raise Refused([await _stale_problem(preview_version, account)])
        require(current.rules)
        request = await ChangeRequest.create(
            organisation_id=organisation_id,
            account_id=account.id,
            account_name=change.claimed_name or account.name,
            type=change.type.value,
            fields_=change.to_fields(),
            comment=comment.strip(),
            requested_by=by,
            requested_at=clock.now(),
        )
        mail = notifications.notify_customer_success(request, account, current.changes, owner, filer)
        statements = [mail, _audit_line(Act.REQUEST_FILED, request, by)]
        if account.id:
            statements.append(event(TimelineKind.REQUESTED, account, request.id, by_id=by.id, changes=current.changes))
        await execute_together(*statements)
        return request

    return await idempotent(act, by=by, key=key)


async def approve(
    request_id: int, *, by: User, preview_version: str, key: IdempotencyKey | None = None
) -> ChangeRequest:
    """Apply a pending request to its account, once, record who decided, and notify the requester.

    ``preview_version`` is that of the preview that the user saw. Raises: Forbidden, NotFound, Refused (already decided,
    of a newer version, own request, stale preview, or a rule no longer holds: the request then stays pending), and what
    ``idempotent`` raises.
    """

    async def act() -> ChangeRequest:
        locked = await _lock_pending(request_id, by, Permission.DECIDE_REQUESTS, RequestState.APPROVED)
        _require_another_person(locked.request, by)
        context = await load_rule_context(locked.change, locked.owner, locked.requester)
        current = preview(locked.change, locked.account, context)
        if current.version != preview_version:
            raise Refused([await _stale_problem(preview_version, locked.account)])
        require(current.rules)
        old_term = locked.account.expires_on
        locked.change.apply(locked.account, context)
        statements = await _account_statements(locked.account, locked.request)
        await _record_decision(locked, RequestState.APPROVED, *statements, by=by, changes=current.changes)
        await _cancel_reminders_of(old_term, locked.account)
        return locked.request

    return await idempotent(act, by=by, key=key)


async def reject(request_id: int, *, by: User, reason: str, key: IdempotencyKey | None = None) -> ChangeRequest:
    """Reject a pending request, record who decided, and notify the requester of the reason.

    Raises: Forbidden, NotFound, Refused (no reason, already decided, own request, of a newer version), and what
    ``idempotent`` raises.
    """

    async def act() -> ChangeRequest:
        require_permission(by, Permission.DECIDE_REQUESTS)
        if not reason.strip():
            raise Refused.because(Code.REASON_REQUIRED, "reason")
        require(text_rules("reason", reason.strip(), MAX_REASON_LENGTH))
        locked = await _lock_pending(request_id, by, Permission.DECIDE_REQUESTS, RequestState.REJECTED)
        _require_another_person(locked.request, by)
        changes = await _current_changes(locked)
        await _record_decision(locked, RequestState.REJECTED, by=by, changes=changes, reason=reason.strip())
        return locked.request

    return await idempotent(act, by=by, key=key)


async def withdraw(request_id: int, *, by: User, key: IdempotencyKey | None = None) -> ChangeRequest:
    """Withdraw a pending request on behalf of the organisation that filed it.

    Raises: Forbidden, NotFound, Refused (already decided, of a newer version), and what ``idempotent`` raises.
    """

    async def act() -> ChangeRequest:
        locked = await _lock_pending(request_id, by, Permission.WITHDRAW_REQUESTS, RequestState.WITHDRAWN)
        await _record_decision(locked, RequestState.WITHDRAWN, by=by, changes=await _current_changes(locked))
        return locked.request

    return await idempotent(act, by=by, key=key)


def _own_organisation(by: User) -> int:
    require_permission(by, Permission.FILE_REQUESTS)
    assert by.organisation_id is not None
    return by.organisation_id


async def _lock_pending(request_id: int, by: User, permission: Permission, next_state: RequestState) -> LockedRequest:
    locked = await lock_for_decision(request_id, by=by, permission=permission)
    if next_state not in FOLLOWING[RequestState(locked.request.state)]:
        raise Refused([await already_decided(locked.request)])
    return locked


async def _current_changes(locked: LockedRequest) -> Sequence[FieldChange]:
    context = await load_rule_context(locked.change, locked.owner, locked.requester)
    return preview(locked.change, locked.account, context).changes


def _require_another_person(request: ChangeRequest, by: User) -> None:
    if request.requested_by_id == by.id:
        raise Refused.because(Code.OWN_REQUEST)


async def _stale_problem(preview_version: str, account: Account) -> Problem:
    since = account_version_of(preview_version)
    changes = await changes_since(account.id, since) if account.id and since is not None else ()
    return Problem(Code.STALE, "previewVersion", changes=tuple(changes))


async def _account_statements(account: Account, request: ChangeRequest) -> list[Statement]:
    """The statements that store the account; a new one is inserted, and has its id from here on."""
    account.version += 1
    if request.account_id is not None:
        return [update(account)]
    await account.save()
    request.account_id = account.id
    requester_id, filed_at = request.requested_by_id, request.requested_at
    return [event(TimelineKind.REQUESTED, account, request.id, by_id=requester_id, at=filed_at)]


async def _record_decision(
    locked: LockedRequest,
    state: RequestState,
    *statements: Statement,
    by: User,
    changes: Sequence[FieldChange],
    reason: str | None = None,
) -> None:
    """Store the decision, its audit line, timeline event and mail, and further statements, as one statement."""
    request, account = locked.request, locked.account
    request.state, request.reason = state.value, reason
    request.decided_by_id, request.decided_at = by.id, clock.now()
    request.changes = [change.to_json() for change in changes]
    recorded = [update(request, DECISION), _audit_line(Act(f"REQUEST_{state}"), request, by)]
    if account.id:
        kind = TimelineKind(state.value)
        recorded.append(event(kind, account, request.id, by_id=by.id, changes=changes, reason=reason))
    if state is not RequestState.WITHDRAWN:
        recorded.append(
            notifications.notify_requester(request, account, changes, locked.owner, locked.requester, decider=by)
        )
    await execute_together(*statements, *recorded)


def _audit_line(act: Act, request: ChangeRequest, by: User) -> Statement:
    return audit.line(
        act,
        by=by,
        organisation_id=request.organisation_id,
        subject=request.account_name,
        type=request.type,
        request=request.id,
    )


async def _cancel_reminders_of(old_term: date | None, account: Account) -> None:
    if old_term is not None and old_term != account.expires_on:
        await ledger.cancel_reminders(account_id=account.id, expires_on=old_term)
