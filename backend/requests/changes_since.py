"""Requests filed or decided since an instant, for clients that missed live updates."""

from datetime import datetime, timedelta

from backend import clock
from backend.errors import BadInput
from backend.identity.scope import Scope
from backend.requests.models import ChangeRequest
from backend.storage.database import fetch
from backend.storage.keyset import Where

OVERLAP = timedelta(seconds=15)
"""Subtracted from the instant: a transaction may be committed after one that has a later time."""

MAX_CHANGES = 500
"""A client that missed more loads its lists again."""

CHANGED = """
SELECT id, account_id, organisation_id FROM change_request
 WHERE coalesce(decided_at, requested_at) >= {since} AND {own}
 ORDER BY coalesce(decided_at, requested_at), id LIMIT {limit}
"""


async def changed_since(instant: datetime, scope: Scope) -> list[tuple[int, int | None, int]] | None:
    """The ids of the requests of a scope that were filed or decided since, oldest change first.

    Each with the ids of its account and organisation. None when there are more than MAX_CHANGES.
    Raises: BadInput (an instant without an offset from UTC, or beyond the calendar).
    """
    try:
        since = clock.in_utc(instant) - OVERLAP
    except (ValueError, OverflowError):
        raise BadInput from None
    where = Where()
    statement = CHANGED.format(
        since=where.filled("?", since),
        own=where.filled(*scope.sql("organisation_id")),
        limit=where.filled("?", MAX_CHANGES + 1),
    )
    rows = await fetch(statement, *where.values)
    if len(rows) > MAX_CHANGES:
        return None
    return [(row["id"], row["account_id"], row["organisation_id"]) for row in rows]


def changed_at(request: ChangeRequest) -> datetime:
    """When a request was filed or, once it is final, decided or withdrawn."""
    return request.decided_at or request.requested_at
