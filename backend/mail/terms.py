"""The terms that mails of the calendar speak of, as they stand now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backend import clock
from backend.accounts.models import Account
from backend.global_ids import global_id
from backend.identity.models import Organisation
from backend.mail.models import Mail
from backend.settings import settings
from backend.storage.database import fetch

PENDING_RENEWALS = """
SELECT r.account_id, r.id, r.requested_at, p.name AS requester
  FROM change_request r JOIN person p ON p.id = r.requested_by_id
 WHERE r.account_id = ANY($1::bigint[]) AND r.type = 'RENEWAL' AND r.state = 'PENDING'
"""


@dataclass(frozen=True, slots=True)
class PendingRenewal:
    """A renewal that awaits Customer Success."""

    id: int
    requested_at: datetime
    requester: str

    @property
    def link(self) -> str:
        """Where Customer Success examines it."""
        return f"{settings().origin}/queue/{global_id('ChangeRequest', self.id)}"


@dataclass(frozen=True, slots=True)
class Term:
    """An account whose term ends; ``today`` is the calendar date where its organisation is."""

    account: Account
    organisation: Organisation
    today: date
    renewal: PendingRenewal | None

    @property
    def days_left(self) -> int:
        """Whole days until the expiry day."""
        return (self.account.expires_on - self.today).days

    @property
    def page(self) -> str:
        """The account's page."""
        return f"{settings().origin}/management/accounts/{global_id('Account', self.account.id)}"


async def terms_of(lines: Sequence[Mail]) -> list[Term]:
    """The terms of some lines of the ledger, in the order of their expiry and name."""
    return await terms_of_accounts([line.account_id for line in lines if line.account_id is not None])


async def terms_of_accounts(account_ids: Sequence[int], *, on: date | None = None) -> list[Term]:
    """The terms of some accounts as they stand today, or as they will on a day if nothing changes."""
    accounts = await Account.filter(id__in=account_ids).order_by("expires_on", "name", "id")
    organisations = await Organisation.in_bulk({account.organisation_id for account in accounts}, "id")
    renewals: dict[int, dict[str, Any]] = {
        row.pop("account_id"): row for row in await fetch(PENDING_RENEWALS, list(account_ids))
    }
    return [
        Term(
            account,
            organisations[account.organisation_id],
            on or clock.today(organisations[account.organisation_id].time_zone),
            PendingRenewal(**renewals[account.id]) if account.id in renewals else None,
        )
        for account in accounts
    ]
