"""Pages of a list by keyset: the cost of a page does not grow with its place in the list."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from tortoise.models import Model

from backend.problems import BadInput
from backend.storage.database import fetch
from backend.storage.rows import columns_of, read

M = TypeVar("M", bound=Model)

MAX_PAGE = 100

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
        place = json.dumps([self.name, self.descending, plain, row_id], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")

    def place(self, cursor: str) -> tuple[Any, int]:
        """The key and the id that a cursor stands for. Raises: BadInput."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            name, descending, key, row_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
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
        for value in values:
            self.values.append(value)
            clause = clause.replace("?", f"${len(self.values)}", 1)
        self._clauses.append(clause)

    def __str__(self) -> str:
        return " AND ".join(self._clauses) or "true"


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """The rows of one page of a list; ``keys`` are what they are ordered by."""

    rows: Sequence[M]
    keys: Sequence[Any]
    order: Order
    has_next: bool
    has_previous: bool

    @property
    def cursors(self) -> list[str]:
        """Where each row stands."""
        return [self.cursor(place) for place in range(len(self.rows))]

    def cursor(self, place: int) -> str:
        """Where one row stands; -1 is the last."""
        return self.order.cursor(self.keys[place], self.rows[place].pk)


async def page(
    model: type[M],
    alias: str,
    source: str,
    where: Where,
    order: Order,
    first: int,
    after: str | None,
    *,
    most: int = MAX_PAGE,
) -> Page[M]:
    """The first rows after a place. ``source`` is what stands after FROM; in it, ``alias`` is the model's table.

    Raises: BadInput (cursor or size).
    """
    if not 1 <= first <= most:
        raise BadInput
    direction, beyond = ("DESC", "<") if order.descending else ("ASC", ">")
    if after is not None:
        # By SELECT, PostgreSQL does not plan again for each place: the index of the order serves all of them alike.
        where.add(f"({order.key}, {alias}.id) {beyond} (SELECT ?::{order.type}, ?::bigint)", *order.place(after))
    found = await read(
        model,
        f"SELECT {columns_of(model, alias)}, {order.key} AS sort_key FROM {source} WHERE {where}"  # noqa: S608 - ours
        f" ORDER BY {order.key} {direction}, {alias}.id {direction} LIMIT {first + 1}",
        *where.values,
    )
    rows = found[:first]
    keys = [row["sort_key"] for row in rows]  # type: ignore[index]
    return Page(rows, keys, order, has_next=len(found) > first, has_previous=after is not None)


async def count(source: str, where: Where) -> int:
    """How many rows the conditions find."""
    rows = await fetch(f"SELECT count(*) AS n FROM {source} WHERE {where}", *where.values)  # noqa: S608 - as above
    number: int = rows[0]["n"]
    return number


def containing(text: str) -> str:
    """A LIKE pattern for texts that contain this one, literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
