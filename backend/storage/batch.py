"""Statements that change rows and return none, several of which go to PostgreSQL as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tortoise.models import Model

from backend.storage.database import execute


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that inserts or updates, with ``?`` for each of its values."""

    sql: str
    values: Sequence[Any]


async def execute_together(*statements: Statement) -> None:
    """Run the statements as one: all or nothing. None sees the effects of another; no two may change the same row."""
    values = [value for statement in statements for value in statement.values]
    await execute(_as_one(tuple(statement.sql for statement in statements)), *values)


def update(row: Model, fields: Sequence[str] | None = None) -> Statement:
    """The statement that stores these fields of an existing row, or all of them."""
    meta = row._meta
    columns = meta.fields_db_projection
    names = [name for name in (columns if fields is None else fields) if name != meta.pk_attr]
    values = [meta.fields_map[name].to_db_value(getattr(row, name), row) for name in names]
    return Statement(_update(meta.db_table, tuple(columns[name] for name in names)), [*values, row.pk])


@cache
def _update(table: str, columns: tuple[str, ...]) -> str:
    return f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in columns)} WHERE id = ?"  # noqa: S608 - ours


@cache
def _as_one(statements: tuple[str, ...]) -> str:
    *others, final = statements
    subqueries = [f"w{number} AS ({sql})" for number, sql in enumerate(others)]
    head, *tail = f"{'WITH ' if subqueries else ''}{', '.join(subqueries)} {final}".split("?")
    return head + "".join(f"${number}{text}" for number, text in enumerate(tail, 1))
