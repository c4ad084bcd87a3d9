"""An account's timeline: its requests, decisions and changes, with their times."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend import clock
from backend.accounts.changes import FieldChange
from backend.accounts.models import Account, TimelineEvent
from backend.storage import keyset
from backend.storage.batch import Statement
from backend.storage.keyset import Order, Page, RowJson, Where
from backend.stored_enums import StoredEnum, one_of

EVENT = """
INSERT INTO timeline_event (account_id, request_id, kind, at, by_id, reason, changes, account_version)
VALUES (?, ?, ?, ?, ?, ?, ?::jsonb, ?)
"""


class TimelineKind(StoredEnum):
    """The kind of an event of a request."""

    REQUESTED = "REQUESTED"
    """It was filed."""
    APPROVED = "APPROVED"
    """It was applied."""
    REJECTED = "REJECTED"
    """It was turned down."""
    WITHDRAWN = "WITHDRAWN"
    """It was taken back."""
    OTHER = "OTHER"
    """One that only a newer version knows."""


def event(
    kind: TimelineKind,
    account: Account,
    request_id: int,
    *,
    by_id: int,
    changes: Sequence[FieldChange] = (),
    reason: str | None = None,
    at: datetime | None = None,
) -> Statement:
    """The statement that records an event, at the present time unless ``at`` is given."""
    changes_json = json.dumps([change.to_json() for change in changes])
    at = at or clock.now()
    return Statement(EVENT, (account.id, request_id, kind.value, at, by_id, reason, changes_json, account.version))


async def changes_since(account_id: int, version: int) -> list[FieldChange]:
    """The changes that approvals made to an account since this version of it, oldest first."""
    events = TimelineEvent.filter(
        account_id=account_id, kind=TimelineKind.APPROVED.value, account_version__gt=version
    ).order_by("id")
    return [FieldChange.from_json(stored) for event in await events for stored in event.changes]


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """Which events of an account: of some kinds, or of all."""

    kinds: tuple[TimelineKind, ...] | None = None

    async def pages(
        self, account_ids: Sequence[int], first: int, after: str | None, row_json: RowJson | None = None
    ) -> list[Page[Any]]:
        """A page of each account's events, newest first, or their JSON texts by ``row_json``. Raises: BadInput."""
        return await keyset.pages(
            TimelineEvent,
            "e",
            EVENTS,
            ACCOUNT,
            account_ids,
            self._where(),
            NEWEST_FIRST,
            first,
            after,
            row_json=row_json,
        )

    async def counts(self, account_ids: Sequence[int]) -> list[int]:
        """The number of such events of each account."""
        return await keyset.counts(EVENTS, ACCOUNT, account_ids, self._where())

    def _where(self) -> Where:
        where = Where()
        if self.kinds is not None:
            condition, values = one_of("e.kind", self.kinds)
            where.add(condition, values)
        return where


EVENTS = "timeline_event e"

ACCOUNT = "e.account_id"

NEWEST_FIRST = Order("AT", "e.at", "timestamptz", descending=True)
