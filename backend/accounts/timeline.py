"""An account's timeline: what was asked, decided and changed, and when."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from backend import clock
from backend.accounts.changes import FieldChange
from backend.accounts.models import Account, TimelineEvent


class TimelineKind(StrEnum):
    """What happened to a request."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


async def record(
    kind: TimelineKind,
    account: Account,
    request_id: int,
    *,
    by_id: int,
    changes: Sequence[FieldChange] = (),
    reason: str | None = None,
    at: datetime | None = None,
) -> None:
    """Write an event, of now unless said otherwise."""
    await TimelineEvent.create(
        account_id=account.id,
        request_id=request_id,
        kind=kind.value,
        at=at or clock.now(),
        by_id=by_id,
        reason=reason,
        changes=[change.to_json() for change in changes],
        account_version=account.version,
    )


async def changes_since(account_id: int, version: int) -> list[FieldChange]:
    """What approvals changed on an account after it had this version, oldest first."""
    events = TimelineEvent.filter(
        account_id=account_id, kind=TimelineKind.APPROVED.value, account_version__gt=version
    ).order_by("id")
    return [FieldChange.from_json(stored) for event in await events for stored in event.changes]
