"""Give an account a further term."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from backend.accounts.models import Account
from backend.accounts.term import ONE_DAY, expiry
from backend.accounts.zones import Zone, zone
from backend.requests.change import (
    DEFAULT_PERIOD_MONTHS,
    AccountChange,
    RequestType,
    RuleContext,
    period_rule,
)
from backend.requests.rules import Rule


@dataclass(frozen=True, slots=True)
class Renewal(AccountChange):
    """Extend an account by a period, or start it anew once it has expired."""

    type: ClassVar[RequestType] = RequestType.RENEWAL
    works_on_expired: ClassVar[bool] = True

    period_months: int = DEFAULT_PERIOD_MONTHS

    def rules(self, account: Account, context: RuleContext) -> Iterator[Rule]:
        """The period is within its bounds; expired accounts may be renewed."""
        yield from AccountChange.rules(self, account, context)
        yield period_rule(self.period_months)

    def apply(self, account: Account, context: RuleContext) -> None:
        """Early: the new term follows the current one, same anchor. After expiry: today is first day and anchor."""
        if zone(account.expires_on, context.today) is Zone.ACTIVE:
            account.starts_on = account.expires_on + ONE_DAY
            account.months += self.period_months
        else:
            account.anchor = account.starts_on = context.today
            account.months = self.period_months
        account.expires_on = expiry(account.anchor, account.months)
