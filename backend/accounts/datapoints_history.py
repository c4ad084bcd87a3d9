"""The history of an account's datapoints, from the changes that approvals made."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from backend.accounts.models import Account
from backend.storage.database import fetch

CHANGES = """
SELECT e.account_id, e.at, (change ->> 'before')::int AS before, (change ->> 'after')::int AS after
  FROM timeline_event e CROSS JOIN LATERAL jsonb_array_elements(e.changes) AS change
 WHERE e.account_id = ANY($1::bigint[]) AND e.kind = 'APPROVED' AND change ->> 'field' = 'DATAPOINTS'
 ORDER BY e.at, e.id
"""


@dataclass(frozen=True, slots=True)
class RecordedDatapoints:
    """An approval that changed the datapoints; ``before`` is None where it opened the account."""

    at: datetime
    before: int | None
    after: int


@dataclass(frozen=True, slots=True)
class Step:
    """The datapoints from a day on, in the organisation's calendar."""

    on: date
    datapoints: int


async def datapoints_changes(account_ids: Sequence[int]) -> list[list[RecordedDatapoints]]:
    """The approvals that changed the datapoints, oldest first, for each of the accounts."""
    by_account: dict[int, list[RecordedDatapoints]] = defaultdict(list)
    for row in await fetch(CHANGES, list(account_ids)):
        by_account[row["account_id"]].append(RecordedDatapoints(row["at"], row["before"], row["after"]))
    return [by_account[account_id] for account_id in account_ids]


def steps(account: Account, changes: Sequence[RecordedDatapoints], time_zone: str) -> list[Step]:
    """The datapoints since the first day of the account, as far as they are recorded."""
    recorded = [Step(change.at.astimezone(ZoneInfo(time_zone)).date(), change.after) for change in changes]
    opening = changes[0].before if changes else account.datapoints
    if opening is None:
        return recorded
    # A contract renewed after its expiry has an anchor that is later than what came before.
    first_day = min([account.anchor, *(step.on for step in recorded)])
    return [Step(first_day, opening), *recorded]
