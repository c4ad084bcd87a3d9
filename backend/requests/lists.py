"""Lists of change requests: what awaits Customer Success, and what was decided."""

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
"""PostgreSQL leaves out the tables that nothing is asked of."""

OF_ONE = (searching.REQUEST.format(row="r"), searching.ACCOUNT.format(row="a"))
OF_ALL = (*OF_ONE, searching.ORGANISATION.format(row="o"))
"""What a search looks at in an organisation, and in all of them."""

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
"""What a type that only a newer version knows means by such a field is not known either."""

MAX_DAYS = 36_600
"""No list looks further back than a century."""


class RequestOrderField(StrEnum):
    """What a list of requests may be sorted by."""

    REQUESTED_AT = "REQUESTED_AT"


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """What the requests of a list have in common; None is no condition.

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
        """A page of it: requests, or what is told of them. Raises: BadInput."""
        if self._sought:
            # What many requests share is found soonest where the list begins; an index would find all of them first.
            where = self._without_search()
            bounded_scan = where.filled(*self._scope.sql("r.organisation_id"))
            bounded_scan += " AND r.state = 'PENDING'" if self._is_queue else ""
            searching.add_condition(where, self._sought, self._row_by_row, self._row_by_row)
            page = await keyset.page(
                ChangeRequest, "r", SOURCE, where, order, first, after, row_json=row_json, bounded_scan=bounded_scan
            )
            if page.has_next:
                return page
        return await keyset.page(ChangeRequest, "r", SOURCE, self._where(), order, first, after, row_json=row_json)

    async def count(self) -> int:
        """How many requests it has."""
        if self._is_of_all_that_wait:
            return sum((await self.count_by_type()).values())
        return await keyset.count(SOURCE, self._where())

    async def count_by_type(self) -> Mapping[str, int]:
        """How many requests of each type it has, as ``pending_counts.of_each_type`` lists them."""
        if self._is_of_all_that_wait:
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
    def _is_of_all_that_wait(self) -> bool:
        """Whether nothing but types narrows the queue: then it is kept counted."""
        return self._is_queue and not self._sought and self.filter == RequestFilter()

    @property
    def _is_queue(self) -> bool:
        return list(self.states) == [RequestState.PENDING]

    @property
    def _scope(self) -> Scope:
        return Scope.of(self.viewer)

    @property
    def _sought(self) -> str:
        """What is searched for, if anything."""
        return searching.text_of(self.search)

    @property
    def _row_by_row(self) -> str:
        return f"({' OR '.join(OF_ALL if self._scope.is_everything else OF_ONE)})"

    def _where(self) -> Where:
        where = self._without_search()
        if self._sought:
            by_index = FOUND_IN_ALL if self._scope.is_everything else FOUND_IN_ONE
            searching.add_condition(where, self._sought, by_index, self._row_by_row)
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


def _add_filter(where: Where, wanted: RequestFilter) -> None:
    if wanted.client_name is not None:
        where.add(f"lower({CLIENT}) = lower(?)", wanted.client_name)
    if wanted.licences is not None:
        where.add(f"{LICENCES_OF}::text[] && ?::text[]", list(wanted.licences))
    if wanted.min_datapoints is not None:
        where.add(f"{SIZE} >= ?", wanted.min_datapoints)
    if wanted.filed_days_ago is not None:
        where.add("r.requested_at <= ?", clock.now() - _days(wanted.filed_days_ago))
    if wanted.decided_within_days is not None:
        where.add("r.decided_at >= ?", clock.now() - _days(wanted.decided_within_days))


def _days(number: int) -> timedelta:
    if not 0 <= number <= MAX_DAYS:
        raise BadInput
    return timedelta(days=number)
