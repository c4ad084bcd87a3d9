"""What changes rows and asks for none: several such statements go to PostgreSQL as one."""

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
    """Send them as one statement: all or nothing. None sees what another does, and no two change the same row."""
    values = [value for statement in statements for value in statement.values]
    await execute(_as_one(tuple(statement.sql for statement in statements)), *values)


def update(row: Model, fields: Sequence[str] | None = None) -> Statement:
    """Store these fields of a row that exists, or all of them."""
    meta = row._meta
    columns = meta.fields_db_projection
    stored = [name for name in (columns if fields is None else fields) if name != meta.pk_attr]
    values = [meta.fields_map[name].to_db_value(getattr(row, name), row) for name in stored]
    return Statement(_update(meta.db_table, tuple(columns[name] for name in stored)), [*values, row.pk])


@cache
def _update(table: str, columns: tuple[str, ...]) -> str:
    return f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in columns)} WHERE id = ?"  # noqa: S608 - ours


@cache
def _as_one(statements: tuple[str, ...]) -> str:
    *before, last = statements
    parts = [f"w{number} AS ({sql})" for number, sql in enumerate(before)]
    first, *rest = f"{'WITH ' if parts else ''}{', '.join(parts)} {last}".split("?")
    return first + "".join(f"${number}{text}" for number, text in enumerate(rest, 1))
