"""Lists of accounts: by zone, searched, filtered, sorted, in pages."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from backend import clock
from backend.accounts import counts
from backend.accounts.models import Account
from backend.accounts.zones import Zone
from backend.catalogue import LICENCES
from backend.identity.models import User
from backend.identity.scope import Scope
from backend.storage import keyset, searching
from backend.storage.keyset import Order, Page, RowJson, Where

BATCH_ROWS = 500

OF_ONE, OF_ALL = "account a", "account a JOIN organisation o ON o.id = a.organisation_id"
"""The FROM clauses of lists of one organisation, and of all."""

TODAY_THERE = "(SELECT (?::timestamptz AT TIME ZONE time_zone)::date FROM organisation WHERE id = ?)"

IN_ZONE_OF_ONE = {
    Zone.ACTIVE: f"a.expires_on >= {TODAY_THERE}",
    Zone.EXPIRED: f"a.expires_on < {TODAY_THERE}",
}
"""The date is a subquery: PostgreSQL does not know it when it plans, and makes one plan for all dates."""

IN_ZONE_OF_ALL = {
    Zone.ACTIVE: "a.expires_on >= ?::date AND (a.expires_on >= ?::date"
    " OR a.expires_on >= (?::timestamptz AT TIME ZONE o.time_zone)::date)",
    Zone.EXPIRED: "a.expires_on < ?::date AND (a.expires_on < ?::date"
    " OR a.expires_on < (?::timestamptz AT TIME ZONE o.time_zone)::date)",
}
"""The first condition must hold in every time zone: an index serves it.

The second suffices in every one: the local date, the most expensive condition, is computed only for rows in between.
"""

DAY_BEGINS_LAST, DAY_BEGINS_FIRST = timedelta(hours=-12), timedelta(hours=14)
"""The outermost offsets from UTC."""


SEARCH_CONDITION = searching.ACCOUNT.format(row="a")


class AccountOrderField(StrEnum):
    """What a list of accounts may be sorted by."""

    NAME = "NAME"
    """By name, whatever the case."""
    CLIENT_NAME = "CLIENT_NAME"
    """By client, whatever the case."""
    LICENCE = "LICENCE"
    """By the rank of the licence."""
    DATAPOINTS = "DATAPOINTS"
    """By the number of datapoints."""
    EXPIRES_ON = "EXPIRES_ON"
    """By expiry day."""


KEYS = {
    AccountOrderField.NAME: ("lower(a.name)", "text"),
    AccountOrderField.CLIENT_NAME: ("lower(a.client_name)", "text"),
    AccountOrderField.LICENCE: (
        "coalesce(array_position(ARRAY[{}]::varchar[], a.licence), {})".format(
            ", ".join(f"'{code}'" for code in LICENCES), len(LICENCES) + 1
        ),
        "int",
    ),
    AccountOrderField.DATAPOINTS: ("a.datapoints", "int"),
    AccountOrderField.EXPIRES_ON: ("a.expires_on", "date"),
}


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Conditions on a list of accounts; None is no condition."""

    licences: Sequence[str] | None = None
    sectors: Sequence[str] | None = None
    countries: Sequence[str] | None = None
    client_name: str | None = None
    expires_from: date | None = None
    expires_to: date | None = None


@dataclass(frozen=True, slots=True)
class AccountList:
    """A list of the accounts that a user may see."""

    viewer: User
    zone: Zone | None = None
    search: str | None = None
    filter: AccountFilter = AccountFilter()

    async def page(self, order: Order, first: int, after: str | None, row_json: RowJson | None = None) -> Page[Any]:
        """A page of the list: accounts, or the JSON text of each by ``row_json``. Raises: BadInput."""
        if self._search_text:
            # A common text is found soonest by scanning from the list's start; an index would find every match first.
            where = Where()
            bounded_scan = where.filled(*self._scope.sql("a.organisation_id"))
            self._add_to(where)
            page = await keyset.page(
                Account, "a", self.source, where, order, first, after, row_json=row_json, bounded_scan=bounded_scan
            )
            if page.has_next:
                return page
        return await keyset.page(Account, "a", self.source, self.where(), order, first, after, row_json=row_json)

    async def all(self, order: Order) -> AsyncIterator[Account]:
        """Every account of the list, fetched BATCH_ROWS at a time."""
        after: str | None = None
        while True:
            page = await keyset.page(Account, "a", self.source, self.where(), order, BATCH_ROWS, after, most=BATCH_ROWS)
            for account in page.rows:
                yield account
            if not page.has_next:
                return
            after = page.cursor(-1)

    async def count(self) -> int:
        """The number of accounts in the list."""
        days = AccountFilter(expires_from=self.filter.expires_from, expires_to=self.filter.expires_to)
        if self._search_text or self.filter != days:
            return await keyset.count(self.source, self.where())
        return await counts.accounts(self._scope, self.zone, days.expires_from, days.expires_to)

    @property
    def source(self) -> str:
        """The FROM clause of the list."""
        return OF_ALL if self._scope.is_everything else OF_ONE

    def where(self) -> Where:
        """The conditions of the list."""
        where = Where()
        where.add(*self._scope.sql("a.organisation_id"))
        self._add_to(where)
        return where

    @property
    def _scope(self) -> Scope:
        return Scope.of(self.viewer)

    @property
    def _search_text(self) -> str:
        """The text to search for; empty for none."""
        return searching.text_of(self.search)

    def _add_to(self, where: Where) -> None:
        """Add the conditions of the list, except that of the scope."""
        if self.zone is not None and not self._scope.is_everything:
            where.add(IN_ZONE_OF_ONE[self.zone], clock.now(), self._scope.organisation_id)
        elif self.zone is not None:
            outermost = [(clock.now() + offset).date() for offset in (DAY_BEGINS_LAST, DAY_BEGINS_FIRST)]
            must, suffices = outermost if self.zone is Zone.ACTIVE else reversed(outermost)
            where.add(IN_ZONE_OF_ALL[self.zone], must, suffices, clock.now())
        if self._search_text:
            searching.add_condition(where, self._search_text, SEARCH_CONDITION, SEARCH_CONDITION)
        _add_filter(where, self.filter)


def order_by(field: AccountOrderField, descending: bool) -> Order:
    """The order of a list of accounts by a field."""
    key, key_type = KEYS[field]
    return Order(field.value, key, key_type, descending)


async def count_by_zone(viewer: User) -> tuple[int, int]:
    """The numbers of active and of expired accounts that the viewer may see."""
    return await AccountList(viewer, Zone.ACTIVE).count(), await AccountList(viewer, Zone.EXPIRED).count()


def _add_filter(where: Where, conditions: AccountFilter) -> None:
    for column, codes in (
        ("a.licence", conditions.licences),
        ("a.sector", conditions.sectors),
        ("a.country", conditions.countries),
    ):
        if codes is not None:
            where.add(f"{column} = ANY(?::text[])", list(codes))
    if conditions.client_name is not None:
        where.add("lower(a.client_name) = lower(?)", conditions.client_name)
    if conditions.expires_from is not None:
        where.add("a.expires_on >= ?", conditions.expires_from)
    if conditions.expires_to is not None:
        where.add("a.expires_on <= ?", conditions.expires_to)
