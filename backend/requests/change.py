"""The base classes of request types: fields, rules, and the change that one makes to an account.

A type is one module in ``types/``: a frozen dataclass that names its type, says its rules and applies itself. By its
line in ``types/__init__.py`` filing, preview, approval and storage know it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, ClassVar

from backend.accounts.models import MIN_DATAPOINTS, Account
from backend.accounts.zones import Zone, zone
from backend.errors import Code
from backend.requests.rules import Rule
from backend.stored_enums import StoredEnum

MIN_PERIOD_MONTHS = 1
MAX_PERIOD_MONTHS = 60
DEFAULT_PERIOD_MONTHS = 12
MAX_DATAPOINTS = 1_000_000
MAX_RTC_LINES = 100_000


class RequestType(StoredEnum):
    """The types of requests; the class of each is registered in ``types/__init__.py``."""

    NEW_ACCOUNT = "NEW_ACCOUNT"
    DATAPOINTS = "DATAPOINTS"
    LICENCE = "LICENCE"
    RENEWAL = "RENEWAL"
    OTHER = "OTHER"
    """One that only a newer version knows."""


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What rules look at besides the account: the organisation's date and domains, and names that are taken."""

    today: date
    mail_domains: frozenset[str]
    name_is_taken: bool = False
    requester_may_file: bool = True
    """Whether the requester still is an active SuperAdmin."""


@dataclass(frozen=True, slots=True)
class Change(ABC):
    """A change of one type; its fields are those of its form."""

    type: ClassVar[RequestType]

    @abstractmethod
    def rules(self, account: Account, context: RuleContext) -> Iterator[Rule]:
        """The rules for the account as it is now, those that hold and those that do not."""

    @abstractmethod
    def apply(self, account: Account, context: RuleContext) -> None:
        """Change the account's fields; the caller stores it."""

    @property
    def claimed_name(self) -> str | None:
        """The account name that this change would take in its organisation, if any."""
        return None

    @abstractmethod
    def to_fields(self) -> dict[str, Any]:
        """The fields as the request stores them."""


@dataclass(frozen=True, slots=True)
class AccountChange(Change):
    """A change to an account that exists."""

    account_id: int
    works_on_expired: ClassVar[bool] = False

    def rules(self, account: Account, context: RuleContext) -> Iterator[Rule]:
        """The account has not expired, unless the type works on expired ones."""
        usable = self.works_on_expired or zone(account.expires_on, context.today) is Zone.ACTIVE
        yield Rule(None, Code.ACCOUNT_EXPIRED, usable)

    def to_fields(self) -> dict[str, Any]:
        """All fields but the account, which has a column of its own."""
        return {name: value for name, value in asdict(self).items() if name != "account_id"}


def requester_rule(context: RuleContext) -> Rule:
    """The requester of any type of request could still file it now."""
    return Rule(None, Code.REQUESTER_INACTIVE, context.requester_may_file)


def period_rule(months: int) -> Rule:
    """A period has MIN_PERIOD_MONTHS to MAX_PERIOD_MONTHS calendar months."""
    values = {"low": MIN_PERIOD_MONTHS, "high": MAX_PERIOD_MONTHS}
    holds = MIN_PERIOD_MONTHS <= months <= MAX_PERIOD_MONTHS
    return Rule("periodMonths", Code.PERIOD_OUT_OF_RANGE, holds, values)


def datapoints_rules(field: str, datapoints: int) -> Iterator[Rule]:
    """An account has MIN_DATAPOINTS to MAX_DATAPOINTS datapoints."""
    yield Rule(field, Code.BELOW_MINIMUM, datapoints >= MIN_DATAPOINTS, {"limit": MIN_DATAPOINTS})
    yield Rule(field, Code.ABOVE_MAXIMUM, datapoints <= MAX_DATAPOINTS, {"limit": MAX_DATAPOINTS})
