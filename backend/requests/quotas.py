"""How much may be filed: so many new accounts of an organisation may wait, so many requests may one person file."""

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
"""What is refused for a while: the same again may do later."""

FILED_SINCE = """
SELECT count(*) AS filed FROM change_request WHERE organisation_id = $1 AND requested_by_id = $2 AND requested_at > $3
"""


async def require_quota(type_: RequestType, filer: User) -> None:
    """Raises: Refused, when one more would be too many.

    Called by who holds the filer, and the organisation for a new account: of two at the same moment one waits, and then
    counts the other.
    """
    most_pending = settings().pending_new_accounts_per_organisation
    if type_ is RequestType.NEW_ACCOUNT and most_pending > 0:
        waiting = await pending_counts.waiting(Scope.of(filer))
        if waiting[type_] >= most_pending:
            raise Refused.because(Code.TOO_MANY_PENDING, limit=most_pending)
    (lately,) = await fetch(FILED_SINCE, filer.organisation_id, filer.id, clock.now() - WINDOW)
    most_filed = settings().requests_per_hour_per_person
    if 0 < most_filed <= lately["filed"]:
        raise Refused.because(Code.TOO_MANY_FILED, limit=most_filed)
