"""A list of accounts in figures, as the API shows it."""

from datetime import date

import strawberry

from backend import clock
from backend.accounts import portfolio
from backend.accounts.lists import AccountList
from backend.accounts.portfolio import Holding, LicenceHolding
from backend.api.catalogue import Licence, licence
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info


@visible_to(Audience.PARENT)
@strawberry.type(description="What the accounts on one licence hold.")
class LicenceShare:
    licence: Licence = strawberry.field(description="The licence.")
    accounts: int = strawberry.field(description="How many accounts.")
    datapoints: float = strawberry.field(description="Their contracted datapoints; a whole number.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The accounts that expire in one calendar month.")
class MonthOfExpiries:
    first_day: date = strawberry.field(description="Of the month.")
    last_day: date = strawberry.field(description="Of the month.")
    accounts: int = strawberry.field(description="How many accounts.")
    datapoints: float = strawberry.field(description="Their contracted datapoints; a whole number.")


@visible_to(Audience.PARENT)
@strawberry.type(description="A list of accounts in figures.")
class Portfolio:
    of_accounts: strawberry.Private[AccountList]
    shares: strawberry.Private[list[LicenceHolding]]

    @strawberry.field(description="How many accounts the list has.")
    def accounts(self) -> int:
        return self._total.accounts

    @strawberry.field(description="Their contracted datapoints; a whole number, which may exceed 32 bits.")
    def datapoints(self) -> float:
        return float(self._total.datapoints)

    @strawberry.field(
        description="Every licence, by rank; the filter's licences left out, so that each is what choosing it finds."
    )
    def by_licence(self, info: Info) -> list[LicenceShare]:
        return [
            LicenceShare(
                licence=licence(share.licence, info.context.language),
                accounts=share.holding.accounts,
                datapoints=float(share.holding.datapoints),
            )
            for share in self.shares
        ]

    @strawberry.field(
        description="Twelve calendar months from the present one; the filter's expiry days left out, as by licence."
    )
    async def by_month_of_expiry(self, info: Info) -> list[MonthOfExpiries]:
        return [
            MonthOfExpiries(
                first_day=month.first_day,
                last_day=month.last_day,
                accounts=month.holding.accounts,
                datapoints=float(month.holding.datapoints),
            )
            for month in await portfolio.by_month_of_expiry(self.of_accounts, await _today(info))
        ]

    @property
    def _total(self) -> Holding:
        return portfolio.total(self.of_accounts, self.shares)

    @classmethod
    async def of(cls, accounts: AccountList) -> "Portfolio":
        """The figures of a list."""
        return cls(of_accounts=accounts, shares=await portfolio.by_licence(accounts))


async def _today(info: Info) -> date:
    viewer = info.context.viewer
    if viewer.organisation_id is None:
        return clock.today(viewer.time_zone)
    return clock.today((await info.context.loaders.organisation.load(viewer.organisation_id)).time_zone)
