"""Add datapoints to an account, or release some."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from backend.accounts.models import Account
from backend.errors import Code
from backend.requests.change import AccountChange, RequestType, RuleContext, datapoints_rules
from backend.requests.rules import Rule


@dataclass(frozen=True, slots=True)
class DatapointsChange(AccountChange):
    """Add datapoints to an account, or release some when ``delta`` is negative."""

    type: ClassVar[RequestType] = RequestType.DATAPOINTS
    delta: int

    def rules(self, account: Account, context: RuleContext) -> Iterator[Rule]:
        """Not 0, and the result stays within the limits."""
        yield from AccountChange.rules(self, account, context)
        yield Rule("delta", Code.NO_CHANGE, self.delta != 0)
        yield from datapoints_rules("delta", account.datapoints + self.delta)

    def apply(self, account: Account, context: RuleContext) -> None:
        """The signed delta is added to what the account has now."""
        account.datapoints += self.delta
