"""Open an account."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from backend.accounts.models import Account
from backend.accounts.term import expiry
from backend.catalogue import COUNTRIES, LICENCES, RTC_COUNTRY, SECTORS
from backend.errors import Code
from backend.requests.change import (
    DEFAULT_PERIOD_MONTHS,
    MAX_RTC_LINES,
    Change,
    RequestType,
    RuleContext,
    datapoints_rules,
    period_rule,
)
from backend.requests.rules import Rule, name_rules


@dataclass(frozen=True, slots=True)
class NewAccount(Change):
    """Open an account of this name; it exists from its approval."""

    type: ClassVar[RequestType] = RequestType.NEW_ACCOUNT
    account_name: str
    client_name: str
    licence: str
    datapoints: int
    sector: str
    country: str
    period_months: int = DEFAULT_PERIOD_MONTHS
    rtc_lines: int = 0
    mail_domain: str | None = None

    @property
    def claimed_name(self) -> str:
        """The new account's name."""
        return self.account_name

    def rules(self, account: Account, context: RuleContext) -> Iterator[Rule]:
        """Names, catalogue codes and numbers within bounds; RTC lines in Spain only; a domain of one's own or none."""
        yield from name_rules("accountName", self.account_name)
        yield Rule("accountName", Code.NAME_TAKEN, not context.name_is_taken)
        yield from name_rules("clientName", self.client_name)
        yield Rule("licence", Code.UNKNOWN_LICENCE, self.licence in LICENCES)
        yield from datapoints_rules("datapoints", self.datapoints)
        yield period_rule(self.period_months)
        yield Rule("sector", Code.UNKNOWN_SECTOR, self.sector in SECTORS)
        yield Rule("country", Code.UNKNOWN_COUNTRY, self.country in COUNTRIES)
        yield Rule("rtcLines", Code.NEGATIVE, self.rtc_lines >= 0)
        yield Rule("rtcLines", Code.ABOVE_MAXIMUM, self.rtc_lines <= MAX_RTC_LINES, {"limit": MAX_RTC_LINES})
        in_spain = self.rtc_lines == 0 or self.country == RTC_COUNTRY
        yield Rule("rtcLines", Code.RTC_LINES_OUTSIDE_SPAIN, in_spain)
        own_domain = self.mail_domain is None or self.mail_domain in context.mail_domains
        yield Rule("mailDomain", Code.FOREIGN_MAIL_DOMAIN, own_domain)

    def apply(self, account: Account, context: RuleContext) -> None:
        """The contract starts on the day of approval."""
        account.name = self.account_name
        account.client_name = self.client_name
        account.licence = self.licence
        account.datapoints = self.datapoints
        account.sector = self.sector
        account.country = self.country
        account.rtc_lines = self.rtc_lines
        account.mail_domain = self.mail_domain
        account.anchor = account.starts_on = context.today
        account.months = self.period_months
        account.expires_on = expiry(account.anchor, account.months)

    def to_fields(self) -> dict[str, Any]:
        """All of them."""
        return asdict(self)
