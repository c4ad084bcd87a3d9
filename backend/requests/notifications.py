"""Ledger rows for the mails that a request causes, with the facts of its transaction."""

from collections.abc import Sequence

from backend.accounts.changes import AccountField, FieldChange
from backend.accounts.models import Account
from backend.global_ids import global_id
from backend.identity.models import Organisation, User
from backend.mail import ledger
from backend.mail.ledger import RequestFacts
from backend.requests.models import ChangeRequest, RequestState
from backend.storage.batch import Statement


def notify_customer_success(
    request: ChangeRequest, account: Account, changes: Sequence[FieldChange], owner: Organisation, requester: User
) -> Statement:
    """The statement that records a mail to each person of Customer Success about a request that was filed."""
    facts = _facts(request, account, changes, owner, requester, decider=None)
    return ledger.request_filed(request_id=request.id, facts=facts)


def notify_requester(
    request: ChangeRequest,
    account: Account,
    changes: Sequence[FieldChange],
    owner: Organisation,
    requester: User,
    *,
    decider: User,
) -> Statement:
    """The statement that records a mail to the requester about the decision."""
    return ledger.request_decided(
        request_id=request.id,
        requester_id=request.requested_by_id,
        facts=_facts(request, account, changes, owner, requester, decider=decider),
    )


def _facts(
    request: ChangeRequest,
    account: Account,
    changes: Sequence[FieldChange],
    owner: Organisation,
    requester: User,
    *,
    decider: User | None,
) -> RequestFacts:
    return RequestFacts(
        type=request.type,
        account_name=request.account_name,
        client_name=_value_after(AccountField.CLIENT_NAME, account, changes) or "",
        organisation_name=owner.name,
        requester_name=requester.name,
        comment=request.comment,
        decision=None if decider is None else RequestState(request.state).value,
        decider_name=decider.name if decider else None,
        reason=request.reason,
        mail_domain=_value_after(AccountField.MAIL_DOMAIN, account, changes),
        changes=[change.to_json() for change in changes],
        request_link_id=global_id("ChangeRequest", request.id),
        account_link_id=global_id("Account", account.id) if account.id else None,
    )


def _value_after(field: AccountField, account: Account, changes: Sequence[FieldChange]) -> str | None:
    """The field's value after the change; a new account that is pending has its values in the changes alone."""
    changed = {change.field: change.after for change in changes}
    return changed.get(field, field.text_in(account))
