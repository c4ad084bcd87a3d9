"""The mails that a request causes, written from the facts of its transaction."""

from collections.abc import Sequence

from backend.accounts.changes import FieldChange
from backend.accounts.models import Account
from backend.identity.models import User
from backend.mail import ledger
from backend.requests.models import ChangeRequest


async def tell_customer_success(request: ChangeRequest, account: Account, changes: Sequence[FieldChange]) -> None:
    """Queue a mail to each of Customer Success about a request that was filed."""
    await ledger.request_filed(request_id=request.id, facts=await _facts(request, account, changes, decider=None))


async def tell_requester(
    request: ChangeRequest, account: Account, changes: Sequence[FieldChange], *, decider: User
) -> None:
    """Queue a mail to the requester about the decision."""
    await ledger.request_decided(
        request_id=request.id,
        requester_id=request.requested_by_id,
        facts=await _facts(request, account, changes, decider=decider),
    )
