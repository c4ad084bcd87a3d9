"""The terms that mails of the calendar speak of, as they stand now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend import clock
from backend.accounts.models import Account
from backend.global_ids import global_id
from backend.identity.models import Organisation
from backend.settings import settings
from backend.storage.database import fetch
from backend.storage.rows import read_by_id

PENDING_RENEWALS = """
SELECT r.account_id, r.id, r.requested_at, p.name AS requester
  FROM change_request r JOIN person p ON p.id = r.requested_by_id
 WHERE r.account_id {accounts} AND r.type = 'RENEWAL' AND r.state = 'PENDING'
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


async def read_terms(account_ids: Sequence[int], *, on: date | None = None) -> list[Term]:
    """The terms of some accounts as they stand today, or as they will on a day if nothing changes."""
    accounts = await read_by_id(Account, account_ids)
    organisations = await read_by_id(Organisation, list({one.organisation_id for one in accounts.values()}))
    return terms_of(account_ids, accounts, organisations, await pending_renewals(account_ids), on=on)


async def pending_renewals(account_ids: Sequence[int]) -> dict[int, PendingRenewal]:
    """The renewals that await a decision, by account."""
    rows = await fetch(PENDING_RENEWALS.format(accounts="= ANY($1::bigint[])"), list(account_ids))
    return {row.pop("account_id"): PendingRenewal(**row) for row in rows}


def terms_of(
    account_ids: Sequence[int],
    accounts: Mapping[int, Account],
    organisations: Mapping[int, Organisation],
    renewals: Mapping[int, PendingRenewal],
    *,
    on: date | None = None,
) -> list[Term]:
    """The terms of some accounts, in the order of their expiry and name."""
    ordered = sorted(
        (accounts[one] for one in set(account_ids)), key=lambda one: (one.expires_on, one.name.lower(), one.id)
    )
    return [
        Term(
            account,
            organisations[account.organisation_id],
            on or clock.today(organisations[account.organisation_id].time_zone),
            renewals.get(account.id),
        )
        for account in ordered
    ]
