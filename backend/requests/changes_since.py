"""What became of requests since an instant: whoever was away from live updates catches up with it."""

from datetime import datetime, timedelta

from backend import clock
from backend.errors import BadInput
from backend.identity.scope import Scope
from backend.requests.models import ChangeRequest
from backend.storage.database import fetch
from backend.storage.keyset import Where

OVERLAP = timedelta(seconds=15)
"""How far before the instant to look: a transaction may be committed after one that has a later time."""

MAX_CHANGES = 500
"""Changes that are told one by one; whoever missed more looks again as a whole."""

CHANGED = """
SELECT id, account_id, organisation_id FROM change_request
 WHERE coalesce(decided_at, requested_at) >= {begins} AND {own}
 ORDER BY coalesce(decided_at, requested_at), id LIMIT {most}
"""


async def changed_since(instant: datetime, scope: Scope) -> list[tuple[int, int | None, int]] | None:
    """The requests of a scope that were filed or decided since, oldest change first.

    Each by its id, its account's and its organisation's. None, when there are more than MAX_CHANGES.
    Raises: BadInput (an instant without an offset from UTC, or beyond the calendar).
    """
    try:
        begins = clock.in_utc(instant) - OVERLAP
    except (ValueError, OverflowError):
        raise BadInput from None
    where = Where()
    statement = CHANGED.format(
        begins=where.filled("?", begins),
        own=where.filled(*scope.sql("organisation_id")),
        most=where.filled("?", MAX_CHANGES + 1),
    )
    rows = await fetch(statement, *where.values)
    if len(rows) > MAX_CHANGES:
        return None
    return [(row["id"], row["account_id"], row["organisation_id"]) for row in rows]


def changed_at(request: ChangeRequest) -> datetime:
    """When a request was filed or, once it is final, decided or withdrawn."""
    return request.decided_at or request.requested_at
