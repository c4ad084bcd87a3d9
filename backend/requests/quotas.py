"""Quotas of filing: pending new accounts of an organisation, and requests of one person within WINDOW."""

from datetime import timedelta

from backend import clock
from backend.errors import Code, Refused
from backend.identity.models import User
from backend.identity.scope import Scope
from backend.requests import pending_counts
from backend.requests.change import RequestType
from backend.settings import settings
from backend.storage.database import fetch

WINDOW = timedelta(hours=1)

PASS_BY_THEMSELVES = frozenset({Code.TOO_MANY_PENDING, Code.TOO_MANY_FILED, Code.NEWER_VERSION})
"""Codes of refusals that end without the user's doing: the same call may succeed later."""

FILED_SINCE = """
SELECT count(*) AS filed FROM change_request WHERE organisation_id = $1 AND requested_by_id = $2 AND requested_at > $3
"""


async def require_quota(type_: RequestType, filer: User) -> None:
    """Raises: Refused, when one more request would exceed a quota.

    The caller holds locks on the filer and, for a new account, on the organisation: concurrent filings are counted.
    """
    max_pending = settings().pending_new_accounts_per_organisation
    if type_ is RequestType.NEW_ACCOUNT and max_pending > 0:
        waiting = await pending_counts.waiting(Scope.of(filer))
        if waiting[type_] >= max_pending:
            raise Refused.because(Code.TOO_MANY_PENDING, limit=max_pending)
    (row,) = await fetch(FILED_SINCE, filer.organisation_id, filer.id, clock.now() - WINDOW)
    max_filed = settings().requests_per_hour_per_person
    if 0 < max_filed <= row["filed"]:
        raise Refused.because(Code.TOO_MANY_FILED, limit=max_filed)
