"""Give an account another licence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from backend.accounts.models import Account
from backend.catalogue import LICENCES
from backend.errors import Code
from backend.requests.change import AccountChange, RequestType, RuleContext
from backend.requests.rules import Rule


@dataclass(frozen=True, slots=True)
class LicenceChange(AccountChange):
    """Give an account the licence of this code."""

    type: ClassVar[RequestType] = RequestType.LICENCE
    licence: str

    def rules(self, account: Account, context: RuleContext) -> Iterator[Rule]:
        """A licence of the catalogue, and not the one it has."""
        yield from AccountChange.rules(self, account, context)
        yield Rule("licence", Code.UNKNOWN_LICENCE, self.licence in LICENCES)
        yield Rule("licence", Code.SAME_LICENCE, self.licence != account.licence)

    def apply(self, account: Account, context: RuleContext) -> None:
        """The licence is replaced."""
        account.licence = self.licence
