"""A list of accounts in figures: contracted datapoints by licence, and expiry days by calendar month."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from backend.accounts.lists import AccountList
from backend.accounts.term import ONE_DAY
from backend.catalogue import LICENCES
from backend.storage.database import fetch

MONTHS = 12

BY_LICENCE = """
SELECT a.licence, count(*) AS accounts, sum(a.datapoints)::bigint AS datapoints
  FROM {source} WHERE {where} GROUP BY a.licence
"""

BY_MONTH = """
SELECT date_trunc('month', a.expires_on)::date AS month, count(*) AS accounts, sum(a.datapoints)::bigint AS datapoints
  FROM {source} WHERE {where} GROUP BY month
"""


@dataclass(frozen=True, slots=True)
class Holding:
    """A number of accounts, and the datapoints that they contract together."""

    accounts: int = 0
    datapoints: int = 0

    def __add__(self, other: "Holding") -> "Holding":
        return Holding(self.accounts + other.accounts, self.datapoints + other.datapoints)


@dataclass(frozen=True, slots=True)
class LicenceHolding:
    """The holding of the accounts on one licence."""

    licence: str
    holding: Holding


@dataclass(frozen=True, slots=True)
class MonthHolding:
    """The holding of the accounts that expire from one day to another, both included."""

    first_day: date
    last_day: date
    holding: Holding


async def by_licence(accounts: AccountList) -> list[LicenceHolding]:
    """The holding of every licence, by rank, then of those of a newer version.

    The list's filter by licence is ignored: each number is what choosing that licence would show.
    """
    all_licences = replace(accounts, filter=replace(accounts.filter, licences=None))
    by_code = {str(row["licence"]): _holding(row) for row in await _rows(BY_LICENCE, all_licences)}
    unknown = sorted(by_code.keys() - set(LICENCES))
    return [LicenceHolding(code, by_code.get(code, Holding())) for code in (*LICENCES, *unknown)]


def total(accounts: AccountList, shares: Sequence[LicenceHolding]) -> Holding:
    """The holding of the whole list, from its holdings by licence."""
    licences = accounts.filter.licences
    return sum((share.holding for share in shares if licences is None or share.licence in licences), Holding())


async def by_month_of_expiry(accounts: AccountList, today: date) -> list[MonthHolding]:
    """The holdings of MONTHS calendar months from today's. The list's filter by expiry day is ignored."""
    months = _months(today)
    in_months = replace(accounts.filter, expires_from=months[0][0], expires_to=months[-1][1])
    by_month = {row["month"]: _holding(row) for row in await _rows(BY_MONTH, replace(accounts, filter=in_months))}
    return [MonthHolding(first, last, by_month.get(first.replace(day=1), Holding())) for first, last in months]


def _months(today: date) -> Sequence[tuple[date, date]]:
    starts = [today.replace(day=1) + relativedelta(months=n) for n in range(MONTHS + 1)]
    return [(start, following - ONE_DAY) for start, following in pairwise(starts)]


async def _rows(statement: str, accounts: AccountList) -> list[dict[str, object]]:
    where = accounts.where()
    return await fetch(statement.format(source=accounts.source, where=where), *where.values)


def _holding(row: dict[str, object]) -> Holding:
    accounts, datapoints = row["accounts"], row["datapoints"]
    assert isinstance(accounts, int)
    assert isinstance(datapoints, int)
    return Holding(accounts, datapoints)
