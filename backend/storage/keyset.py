"""Pages of a list by keyset: the cost of a page does not grow with its place in the list."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import orjson
from tortoise.models import Model

from backend import clock
from backend.errors import BadInput
from backend.global_ids import MAX_KEY
from backend.storage.database import fetch, reading
from backend.storage.rows import columns_of, read
from backend.texts import is_storable

M = TypeVar("M", bound=Model)
R = TypeVar("R")

MAX_PAGE = 100

MAX_SCANNED_ROWS = 1_000
"""Rows: so many are looked at one by one in a millisecond."""

MAX_INT = 2**31 - 1


def _text(key: str) -> str:
    if not is_storable(key):
        raise ValueError("no text of PostgreSQL's")
    return key


def _int(key: int) -> int:
    if abs(key) > MAX_INT:
        raise ValueError("no int of PostgreSQL's")
    return key


def _timestamptz(key: str) -> datetime:
    return clock.in_utc(datetime.fromisoformat(key))


FROM_JSON: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "int": _int,
    "date": date.fromisoformat,
    "timestamptz": _timestamptz,
}
"""How a key of each type is read. Raises: ValueError (no value that PostgreSQL has for the type)."""


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
            if type(key) is not (int if self.type == "int" else str) or not 0 < row_id <= MAX_KEY:
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
class RowJson:
    """How a statement writes each row of a page as JSON: an SQL expression of type text, with ``?`` for each value.

    It calls the row ``it``, and is NULL for one that it cannot write.
    """

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """The rows of one page of a list; ``keys`` are what they are ordered by."""

    rows: Sequence[R]
    keys: Sequence[Any]
    ids: Sequence[int]
    order: Order
    has_next: bool
    has_previous: bool

    @property
    def cursors(self) -> list[str]:
        """Where each row stands."""
        return [self.cursor(place) for place in range(len(self.rows))]

    def cursor(self, place: int) -> str:
        """Where one row stands; -1 is the last."""
        return self.order.cursor(self.keys[place], self.ids[place])


@dataclass(frozen=True, slots=True)
class JsonPage(Page[str | None]):
    """A page whose rows are the JSON texts that a ``RowJson`` wrote; None for one that it cannot write."""


async def page(
    model: type[M],
    alias: str,
    source: str,
    where: Where,
    order: Order,
    first: int,
    after: str | None,
    *,
    row_json: RowJson | None = None,
    most: int = MAX_PAGE,
    bounded_scan: str | None = None,
) -> Page[Any]:
    """The first rows after a place. ``source`` is what stands after FROM; in it, ``alias`` is the model's table.

    ``bounded_scan`` is a condition that an index of the order serves: of the rows that fulfil it, no more than
    MAX_SCANNED_ROWS from the place on are looked at, and a page that has no next one may lack some.

    Raises: BadInput (cursor or size).
    """
    place = _place(where, order, alias, first, after, most)
    key, columns = order.key, columns_of(model, alias)
    if bounded_scan is None:
        where.add(place)
    else:
        table, key = f"{model._meta.db_table} {alias}", f"{alias}.sort_key"
        walk = _sorted(
            f"*, {order.key}", f"{table} WHERE {bounded_scan} AND {place}", order, order.key, alias, MAX_SCANNED_ROWS
        )
        source = source.replace(table, f"({walk}) AS {alias}", 1)
    statement = _sorted(f"{columns}, {key}", f"{source} WHERE {where}", order, key, alias, first + 1)
    found = (
        await _row_json(statement, where, row_json)
        if row_json
        else _columns(await read(model, statement, *where.values))
    )
    return _page(JsonPage if row_json else Page, found, order, first, after)


async def pages(
    model: type[M],
    alias: str,
    source: str,
    owner: str,
    owners: Sequence[int],
    where: Where,
    order: Order,
    first: int,
    after: str | None,
    *,
    row_json: RowJson | None = None,
) -> list[Page[Any]]:
    """The same page of many lists, one for each of the owners' ids, by one statement; ``owner`` is the column of an id.

    Raises: BadInput (cursor or size).
    """
    where.add(_place(where, order, alias, first, after, MAX_PAGE))
    wanted = where.filled("unnest(?::bigint[]) AS owner (id)", owners)
    selected, found = f"{columns_of(model, alias)}, {order.key}", f"{source} WHERE {owner} = owner.id AND {where}"
    statement = _sorted(selected, found, order, order.key, alias, first + 1)
    of_each: dict[int, Sequence[Sequence[Any]]] = {}
    if row_json:
        rendered = _rendered(statement, where, row_json)
        rendered_of_each = f"SELECT owner.id AS owner_id, it.* FROM {wanted} CROSS JOIN LATERAL ({rendered}) AS it"  # noqa: S608
        for row in await fetch(rendered_of_each, *where.values):
            of_each[row["owner_id"]] = [row[name] or [] for name in ("texts", "keys", "ids")]
    else:
        direction = "DESC" if order.descending else "ASC"
        rows_of_each = (
            f"SELECT it.*, owner.id AS owner_id FROM {wanted} CROSS JOIN LATERAL ({statement}) AS it"  # noqa: S608
            f" ORDER BY it.sort_key {direction}, it.id {direction}"
        )
        rows: dict[int, list[Any]] = {}
        found_rows: Sequence[Any] = await read(model, rows_of_each, *where.values)
        for row in found_rows:
            rows.setdefault(row["owner_id"], []).append(row)
        of_each = {id_: _columns(of_one) for id_, of_one in rows.items()}
    kind = JsonPage if row_json else Page
    return [_page(kind, of_each.get(id_, ([], [], [])), order, first, after) for id_ in owners]


def _place(where: Where, order: Order, alias: str, first: int, after: str | None, most: int) -> str:
    """The condition that a row stands after a place. Raises: BadInput, for the cursor or the size of the page."""
    if not 1 <= first <= most:
        raise BadInput
    if after is None:
        return "true"
    beyond = "<" if order.descending else ">"
    # By SELECT, PostgreSQL does not plan again for each place: the index of the order serves all of them alike.
    beyond_it = f"({order.key}, {alias}.id) {beyond} (SELECT ?::{order.type}, ?::bigint)"
    return where.filled(beyond_it, *order.place(after))


def _columns(found: Sequence[Any]) -> Sequence[Sequence[Any]]:
    return found, [row["sort_key"] for row in found], [row.pk for row in found]


def _page(
    kind: type[Page[Any]], found: Sequence[Sequence[Any]], order: Order, first: int, after: str | None
) -> Page[Any]:
    """A page of what a statement found, which looked for one more: rows or texts, their keys and their ids."""
    rows, keys, ids = found
    return kind(
        rows[:first],
        keys[:first],
        ids[:first],
        order,
        has_next=len(rows) > first,
        has_previous=after is not None,
    )


def _sorted(selected: str, source: str, order: Order, key: str, alias: str, most: int) -> str:
    """A statement that finds the first rows of a source; ``selected`` ends with their key."""
    direction = "DESC" if order.descending else "ASC"
    return (
        f"SELECT {selected} AS sort_key FROM {source}"  # noqa: S608 - only our own text
        f" ORDER BY {key} {direction}, {alias}.id {direction} LIMIT {most}"
    )


async def _row_json(statement: str, where: Where, row_json: RowJson) -> Sequence[Sequence[Any]]:
    """Texts, keys and ids of a statement's rows."""
    async with reading() as connection:
        columns = await connection.fetchrow(_rendered(statement, where, row_json), *where.values)
    return [column or [] for column in columns]


def _rendered(statement: str, where: Where, row_json: RowJson) -> str:
    """A statement's rows as one, which costs the driver least: arrays of texts, keys and ids."""
    text = where.filled(row_json.sql, *row_json.values)
    return (
        f"SELECT array_agg({text}) AS texts, array_agg(it.sort_key) AS keys, array_agg(it.id) AS ids"  # noqa: S608
        f" FROM ({statement}) AS it"
    )


async def counts(source: str, owner: str, owners: Sequence[int], where: Where) -> list[int]:
    """How many rows the conditions find for each of the owners' ids, by one statement."""
    where.add(f"{owner} = ANY(?::bigint[])", list(owners))
    counted = f"SELECT {owner} AS owner_id, count(*) AS n FROM {source} WHERE {where} GROUP BY {owner}"  # noqa: S608
    of_each = {row["owner_id"]: row["n"] for row in await fetch(counted, *where.values)}
    return [of_each.get(id_, 0) for id_ in owners]


async def count(source: str, where: Where) -> int:
    """How many rows the conditions find."""
    rows = await fetch(f"SELECT count(*) AS n FROM {source} WHERE {where}", *where.values)  # noqa: S608 - as above
    number: int = rows[0]["n"]
    return number


def containing(text: str) -> str:
    """A LIKE pattern for texts that contain this one, literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
