"""Pages of a list by keyset: the cost of a page does not grow with its place in the list."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import orjson
from tortoise.models import Model

from backend.problems import BadInput
from backend.storage.database import fetch, reading
from backend.storage.rows import columns_of, read

M = TypeVar("M", bound=Model)
R = TypeVar("R")

MAX_PAGE = 100

WALKED = 1_000
"""Rows: so many are looked at one by one in a millisecond."""

FROM_JSON: Mapping[str, Callable[[Any], Any]] = {
    "text": str,
    "int": int,
    "date": date.fromisoformat,
    "timestamptz": datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: an SQL expression of a type in ``FROM_JSON``, ties broken by id the same way."""

    name: str
    key: str
    type: str
    descending: bool = False

    def cursor(self, key: Any, row_id: int) -> str:
        """Where a row stands in this order; opaque, and of no use in another one."""
        plain = key.isoformat() if isinstance(key, date) else key
        return base64.urlsafe_b64encode(orjson.dumps([self.name, self.descending, plain, row_id])).decode().rstrip("=")

    def place(self, cursor: str) -> tuple[Any, int]:
        """The key and the id that a cursor stands for. Raises: BadInput."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            name, descending, key, row_id = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if (name, descending) != (self.name, self.descending) or type(row_id) is not int:
                raise BadInput
            if type(key) is not (int if self.type == "int" else str):
                raise BadInput
            place = FROM_JSON[self.type](key), row_id
        except (ValueError, TypeError, RecursionError, UnicodeError, binascii.Error):
            raise BadInput from None
        if self.cursor(*place) != cursor:
            raise BadInput
        return place


class Where:
    """Conditions of a statement, and the values that they are filled with."""

    def __init__(self) -> None:
        self._clauses: list[str] = []
        self.values: list[Any] = []

    def add(self, clause: str, *values: Any) -> None:
        """A condition, with ``?`` for each value."""
        self._clauses.append(self.filled(clause, *values))

    def filled(self, text: str, *values: Any) -> str:
        """A text of the same statement, with ``?`` for each value."""
        for value in values:
            self.values.append(value)
            text = text.replace("?", f"${len(self.values)}", 1)
        return text

    def __str__(self) -> str:
        return " AND ".join(self._clauses) or "true"


@dataclass(frozen=True, slots=True)
class Telling:
    """How a statement tells each row of a page: an SQL expression of type text, with ``?`` for each value.

    It calls the row ``it``, and is NULL for one that it cannot tell.
    """

    sql: str
    values: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """The rows of one page of a list; ``keys`` are what they are ordered by. One that is told has texts for rows."""

    rows: Sequence[R]
    keys: Sequence[Any]
    ids: Sequence[int]
    order: Order
    has_next: bool
    has_previous: bool
    is_told: bool = False

    @property
    def cursors(self) -> list[str]:
        """Where each row stands."""
        return [self.cursor(place) for place in range(len(self.rows))]

    def cursor(self, place: int) -> str:
        """Where one row stands; -1 is the last."""
        return self.order.cursor(self.keys[place], self.ids[place])


async def page(
    model: type[M],
    alias: str,
    source: str,
    where: Where,
    order: Order,
    first: int,
    after: str | None,
    *,
    telling: Telling | None = None,
    most: int = MAX_PAGE,
    walked: str | None = None,
) -> Page[Any]:
    """The first rows after a place. ``source`` is what stands after FROM; in it, ``alias`` is the model's table.

    ``walked`` is a condition that an index of the order serves: of the rows that fulfil it, no more than WALKED from
    the place on are looked at, and a page that has no next one may lack some.

    Raises: BadInput (cursor or size).
    """
    if not 1 <= first <= most:
        raise BadInput
    place = "true"
    if after is not None:
        beyond = "<" if order.descending else ">"
        # By SELECT, PostgreSQL does not plan again for each place: the index of the order serves all of them alike.
        beyond_it = f"({order.key}, {alias}.id) {beyond} (SELECT ?::{order.type}, ?::bigint)"
        place = where.filled(beyond_it, *order.place(after))
    key, columns = order.key, columns_of(model, alias)
    if walked is None:
        where.add(place)
    else:
        table, key = f"{model._meta.db_table} {alias}", f"{alias}.sort_key"
        walk = _sorted(f"*, {order.key}", f"{table} WHERE {walked} AND {place}", order, order.key, alias, WALKED)
        source = source.replace(table, f"({walk}) AS {alias}", 1)
    statement = _sorted(f"{columns}, {key}", f"{source} WHERE {where}", order, key, alias, first + 1)
    if telling:
        rows, keys, ids = await _told(statement, where, telling)
    else:
        found: Sequence[Any] = await read(model, statement, *where.values)
        rows, keys, ids = found, [row["sort_key"] for row in found[:first]], [row.pk for row in found[:first]]
    return Page(
        rows[:first],
        keys[:first],
        ids[:first],
        order,
        has_next=len(rows) > first,
        has_previous=after is not None,
        is_told=telling is not None,
    )


def _sorted(selected: str, source: str, order: Order, key: str, alias: str, most: int) -> str:
    """A statement that finds the first rows of a source; ``selected`` ends with their key."""
    direction = "DESC" if order.descending else "ASC"
    return (
        f"SELECT {selected} AS sort_key FROM {source}"  # noqa: S608 - only our own text
        f" ORDER BY {key} {direction}, {alias}.id {direction} LIMIT {most}"
    )


async def _told(statement: str, where: Where, telling: Telling) -> Sequence[Sequence[Any]]:
    """Texts, keys and ids of a statement's rows. They come as one row, which costs the driver least."""
    text = where.filled(telling.sql, *telling.values)
    told = f"SELECT array_agg({text}), array_agg(it.sort_key), array_agg(it.id) FROM ({statement}) AS it"  # noqa: S608
    async with reading() as connection:
        columns = await connection.fetchrow(told, *where.values)
    return [column or [] for column in columns]


async def count(source: str, where: Where) -> int:
    """How many rows the conditions find."""
    rows = await fetch(f"SELECT count(*) AS n FROM {source} WHERE {where}", *where.values)  # noqa: S608 - as above
    number: int = rows[0]["n"]
    return number


def containing(text: str) -> str:
    """A LIKE pattern for texts that contain this one, literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
