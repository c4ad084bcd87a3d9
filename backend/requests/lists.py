"""Lists of change requests, pending and decided: filtered, searched, sorted, in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from backend import clock
from backend.errors import BadInput
from backend.identity.models import User
from backend.identity.scope import Scope
from backend.requests import pending_counts
from backend.requests.change import RequestType
from backend.requests.models import ChangeRequest, RequestState
from backend.storage import keyset, searching
from backend.storage.database import fetch
from backend.storage.keyset import Order, Page, RowJson, Where
from backend.stored_enums import one_of

SOURCE = (
    "change_request r LEFT JOIN account a ON a.id = r.account_id LEFT JOIN organisation o ON o.id = r.organisation_id"
)
"""PostgreSQL leaves out the joins whose columns a statement does not use."""

OF_ONE = (searching.REQUEST.format(row="r"), searching.ACCOUNT.format(row="a"))
OF_ALL = (*OF_ONE, searching.ORGANISATION.format(row="o"))
"""The conditions of a search in one organisation, and in all of them."""

FOUND_IN_ONE = f"""r.id IN (
    SELECT r.id FROM change_request r WHERE r.organisation_id = $1 AND {OF_ONE[0]}
    UNION ALL SELECT r.id FROM account a JOIN change_request r ON r.account_id = a.id
               WHERE a.organisation_id = $1 AND {OF_ONE[1]}
)"""  # noqa: S608 - only our own text
"""The list's first value is the organisation."""

FOUND_IN_ALL = f"""r.id IN (
    SELECT r.id FROM change_request r WHERE {OF_ALL[0]}
    UNION ALL SELECT r.id FROM account a JOIN change_request r ON r.account_id = a.id WHERE {OF_ALL[1]}
    UNION ALL SELECT r.id FROM organisation o JOIN change_request r ON r.organisation_id = o.id WHERE {OF_ALL[2]}
)"""  # noqa: S608 - only our own text

CLIENT = "coalesce(a.client_name, r.fields->>'client_name')"
LICENCES_OF = "ARRAY[a.licence, r.fields->>'licence']"
SIZE = """CASE r.type WHEN 'DATAPOINTS' THEN abs((r.fields->>'delta')::int)
                      WHEN 'NEW_ACCOUNT' THEN (r.fields->>'datapoints')::int ELSE 0 END"""
"""0 for types of a newer version: their fields may mean something else."""

MAX_DAYS = 36_600
"""Limit of a filter by age: about a century."""


class RequestOrderField(StrEnum):
    """What a list of requests may be sorted by."""

    REQUESTED_AT = "REQUESTED_AT"
    """By when it was filed."""


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Conditions on a list of requests; None is no condition.

    Client and licence are the account's, or those asked for. ``min_datapoints`` is how many are added, released or
    opened with. Days are spans of 24 hours back from now.
    """

    client_name: str | None = None
    licences: Sequence[str] | None = None
    min_datapoints: int | None = None
    filed_days_ago: int | None = None
    decided_within_days: int | None = None


@dataclass(frozen=True, slots=True)
class RequestList:
    """A list of the requests that a user may see; the caller has checked that the section is theirs.

    ``search`` is a part of the account's name, of its client's or, for whoever sees all organisations, of theirs.
    """

    viewer: User
    states: Sequence[RequestState]
    types: Sequence[RequestType] | None = None
    search: str | None = None
    filter: RequestFilter = RequestFilter()

    async def page(self, order: Order, first: int, after: str | None, row_json: RowJson | None = None) -> Page[Any]:
        """A page of the list: requests, or the JSON text of each by ``row_json``. Raises: BadInput."""
        if self._search_text:
            # A common text is found soonest by scanning from the list's start; an index would find every match first.
            where = self._without_search()
            bounded_scan = where.filled(*self._scope.sql("r.organisation_id"))
            bounded_scan += " AND r.state = 'PENDING'" if self._is_queue else ""
            searching.add_condition(where, self._search_text, self._row_by_row, self._row_by_row)
            page = await keyset.page(
                ChangeRequest, "r", SOURCE, where, order, first, after, row_json=row_json, bounded_scan=bounded_scan
            )
            if page.has_next:
                return page
        return await keyset.page(ChangeRequest, "r", SOURCE, self._where(), order, first, after, row_json=row_json)

    async def count(self) -> int:
        """The number of requests in the list."""
        if self._has_stored_counts:
            return sum((await self.count_by_type()).values())
        return await keyset.count(SOURCE, self._where())

    async def count_by_type(self) -> Mapping[str, int]:
        """The number of requests by type, as ``pending_counts.of_each_type`` orders them."""
        if self._has_stored_counts:
            waiting = await pending_counts.waiting(self._scope)
            return {
                type_: n if self.types is None or RequestType(type_) in self.types else 0
                for type_, n in waiting.items()
            }
        where = self._where()
        rows = await fetch(
            f"SELECT r.type, count(*) AS n FROM {SOURCE} WHERE {where} GROUP BY r.type",  # noqa: S608 - our own text
            *where.values,
        )
        return pending_counts.of_each_type(rows)

    @property
    def _has_stored_counts(self) -> bool:
        """Whether only types narrow the queue: then counts come from the table that triggers maintain."""
        return self._is_queue and not self._search_text and self.filter == RequestFilter()

    @property
    def _is_queue(self) -> bool:
        return list(self.states) == [RequestState.PENDING]

    @property
    def _scope(self) -> Scope:
        return Scope.of(self.viewer)

    @property
    def _search_text(self) -> str:
        """The text to search for; empty for none."""
        return searching.text_of(self.search)

    @property
    def _row_by_row(self) -> str:
        return f"({' OR '.join(OF_ALL if self._scope.is_everything else OF_ONE)})"

    def _where(self) -> Where:
        where = self._without_search()
        if self._search_text:
            by_index = FOUND_IN_ALL if self._scope.is_everything else FOUND_IN_ONE
            searching.add_condition(where, self._search_text, by_index, self._row_by_row)
        return where

    def _without_search(self) -> Where:
        where = Where()
        where.add(*self._scope.sql("r.organisation_id"))
        if self._is_queue:
            # Spelled out, so that the partial index of the queue can serve it.
            where.add("r.state = 'PENDING'")
        else:
            condition, values = one_of("r.state", self.states)
            where.add(condition, values)
        if self.types is not None:
            condition, values = one_of("r.type", self.types)
            where.add(condition, values)
        _add_filter(where, self.filter)
        return where


def by_time(descending: bool) -> Order:
    """By the instant of filing."""
    return Order(RequestOrderField.REQUESTED_AT.value, "r.requested_at", "timestamptz", descending)


def _add_filter(where: Where, conditions: RequestFilter) -> None:
    if conditions.client_name is not None:
        where.add(f"lower({CLIENT}) = lower(?)", conditions.client_name)
    if conditions.licences is not None:
        where.add(f"{LICENCES_OF}::text[] && ?::text[]", list(conditions.licences))
    if conditions.min_datapoints is not None:
        where.add(f"{SIZE} >= ?", conditions.min_datapoints)
    if conditions.filed_days_ago is not None:
        where.add("r.requested_at <= ?", clock.now() - _days(conditions.filed_days_ago))
    if conditions.decided_within_days is not None:
        where.add("r.decided_at >= ?", clock.now() - _days(conditions.decided_within_days))


def _days(number: int) -> timedelta:
    if not 0 <= number <= MAX_DAYS:
        raise BadInput
    return timedelta(days=number)
