"""The one reader of models' rows: the driver's records with the attributes of a model, read-only.

A model made by the ORM costs ten times as much as its row. A row has every column of its model as an attribute, cannot
be changed, and ``copy.copy`` of it is a model that can.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

from asyncpg import Record
from tortoise.fields import JSONField
from tortoise.models import Model

from backend.storage.database import reading

M = TypeVar("M", bound=Model)


async def read(model: type[M], sql: str, *values: Any, joined: str | None = None) -> list[M]:
    """The rows of a statement that selects ``columns_of`` the model, and perhaps more.

    ``joined`` names a foreign object of the model whose columns the statement selects too, with ``prefix_of`` its name.
    """
    async with reading() as connection:
        rows: list[M] = await connection.fetch(sql, *values, record_class=_row_class(model, joined))
        return rows


async def read_by_id(model: type[M], ids: Sequence[int]) -> dict[int, M]:
    """The rows of these ids that exist."""
    rows = await read(model, f"{select(model)} WHERE id = ANY($1::bigint[])", ids)
    return {row.pk: row for row in rows}


class Joined:
    """A foreign object, by the columns that a row has of it."""

    __slots__ = ("_prefix", "_row")

    def __init__(self, row: Record, prefix: str) -> None:
        self._row = row
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        return self._row[self._prefix + name]


def prefix_of(joined: str) -> str:
    """The prefix of the names of a joined object's columns."""
    return f"{joined}__"


def column_reader(models: Sequence[Any]) -> Callable[[str], Sequence[Any]]:
    """A function that reads one attribute of many rows or models, in their order; rows are transposed only once."""
    kinds = set(map(type, models))
    places: Mapping[str, int] = getattr(kinds.pop(), "places", {}) if len(kinds) == 1 < len(models) else {}
    columns = list(zip(*models, strict=False)) if places else []

    def read_column(name: str) -> Sequence[Any]:
        if name in places:
            return columns[places[name]]
        return [getattr(model, name) for model in models]

    return read_column


@cache
def select(model: type[Model]) -> str:
    """The beginning of a statement that selects all columns of a model's table."""
    return f"SELECT {columns_of(model)} FROM {model._meta.db_table}"  # noqa: S608 - only our own text


@cache
def columns_of(model: type[Model], alias: str = "", prefix: str = "") -> str:
    """The SELECT list of a model's whole row; the prefix distinguishes the columns of a joined one."""
    table = f"{alias}." if alias else ""
    return ", ".join(f"{table}{column} AS {prefix}{column}" for column in _columns(model))


def _columns(model: type[Model]) -> Sequence[str]:
    return list(model._meta.fields_db_projection.values())


@cache
def _row_class(model: type[Model], joined: str | None = None) -> type[Record]:
    attributes: dict[str, Any] = {
        name: property(_getter(column, model._meta.fields_map[name]))
        for name, column in model._meta.fields_db_projection.items()
    }
    attributes |= {
        # A statement begins with these columns; what is stored as JSON is read by its attribute alone.
        "places": {
            name: place
            for place, name in enumerate(model._meta.fields_db_projection)
            if not isinstance(model._meta.fields_map[name], JSONField)
        },
        "__slots__": (),
        "pk": attributes[model._meta.pk_attr],
        "__copy__": lambda row: model._init_from_db(**row),
    }
    if joined is not None:
        prefix = prefix_of(joined)
        attributes[joined] = property(lambda row: None if row[f"{prefix}id"] is None else Joined(row, prefix))
    return type(f"{model.__name__}Row", (Record,), attributes)


def _getter(column: str, field: Any) -> Callable[[Record], Any]:
    if isinstance(field, JSONField):
        return lambda row: json.loads(row[column])
    return itemgetter(column)
