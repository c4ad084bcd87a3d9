"""The objects of a list as finished JSON, which the statement that finds them writes by their fields' forms.

For a list whose objects are asked for nothing but fields that have a form (``backend/api/core/sql_fields.py``), one SQL
expression is made of the whole selection, whatever its aliases, fragments and nesting. The list's statement then
answers with a text for each row, which is passed on as it is. Every other list is read as rows.

PostgreSQL's NULL, which no JSON is, makes the whole text NULL where a form does not fit its row, such as a code that is
in no catalogue: the run ends, and the ordinary executor answers.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from types import CoroutineType
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from strawberry.types.field import StrawberryField

from backend.api.compiled.columns import Column
from backend.api.compiled.completion import ObjectsCompletion
from backend.api.compiled.run import Run
from backend.api.core.field_resolvers import Level
from backend.api.core.sql_fields import DISCRIMINATOR, IN_SQL, Entry, Form, Leaf, Rows
from backend.catalogue import Language
from backend.storage.keyset import RowJson
from backend.storage.rows import Joined
from backend.storage.tortoise_client import MAX_PREPARED_CHARACTERS

MAX_JSON_LENGTH = MAX_PREPARED_CHARACTERS - 4_000
"""Characters: with the rest of its statement no more than what stays prepared."""

TODAY = "?::date"

JSON_OF_SCALAR: Mapping[str, str] = {
    "String": "to_json({0})::text",
    "ID": "'\"' || {0} || '\"'",
    "Int": "({0})::text",
    "Boolean": "({0})::text",
    "Date": "to_json({0})::text",
    "DateTime": (
        "'\"' || to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS'"
        " || CASE WHEN date_trunc('second', {0}) = {0} THEN '' ELSE '.US' END) || '+00:00\"'"
    ),
}
"""How PostgreSQL writes a value of a scalar as orjson does. An id is Base64, in which nothing needs an escape."""

Piece = Callable[[str, Run], Awaitable[str]]
"""The SQL of a JSON text for the row of a name, in parentheses where it needs them."""


class RowJsonCompiler:
    """Makes the SQL that writes the objects of a list, once for each language."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._sql_by_language: dict[Language, str] = {}

    async def row_json(self, run: Run) -> RowJson | None:
        """How a run's statement writes them. None where it cannot: each row's day is its own for Customer Success."""
        language = run.context.language
        if language not in self._sql_by_language:
            self._sql_by_language[language] = await self._piece("it", run)
        sql = self._sql_by_language[language]
        if len(sql) > MAX_JSON_LENGTH:
            return None
        days = sql.count(TODAY)
        today = await _today(run) if days else None
        return None if days and today is None else RowJson(sql, (today,) * days)

    def with_row_json(self, column: Column) -> Column:
        """The column of a field that answers with such a list: its resolver alone gets this ``RowJson``."""

        async def list_column(objects: Level, run: Run) -> Any:
            values = column(objects, replace(run, row_json=await self.row_json(run)))
            return await values if isinstance(values, CoroutineType) else values

        return list_column


async def _today(run: Run) -> date | None:
    """The present date in the viewer's organisation; None for Customer Success, who are of none."""
    viewer = run.context.viewer
    if viewer.organisation_id is None:
        return None
    own: Any = viewer.organisation
    if not isinstance(own, Joined):
        own = await run.context.loaders.organisation.load(viewer.organisation_id)
    return run.context.today(own.time_zone)


class RowJsonCompilers:
    """Makes the compilers of a document's lists."""

    def __init__(
        self,
        schema: GraphQLSchema,
        selected: Callable[[GraphQLObjectType, FieldDetailsList], CollectedFields],
        completion_of: Callable[[GraphQLNamedType, FieldDetailsList], ObjectsCompletion | None],
    ) -> None:
        self._schema = schema
        self._selected = selected
        self._completion_of = completion_of

    def of_list(self, kind: GraphQLNamedType, details: FieldDetailsList) -> RowJsonCompiler | None:
        """The compiler of a connection's nodes; None for another type, and for nodes selected in several places."""
        if not is_object_type(kind) or "pageInfo" not in kind.fields:
            return None
        selected = self._selected(kind, details).grouped_field_set.values()
        places = [(kind, field) for field in selected if _name(field) == "nodes"]
        for edges in (field for field in selected if _name(field) == "edges"):
            edge = get_named_type(kind.fields["edges"].type)
            assert is_object_type(edge)
            of_edge = self._selected(edge, edges).grouped_field_set.values()
            places += [(edge, field) for field in of_edge if _name(field) == "node"]
        if len(places) != 1:
            return None
        ((parent, place),) = places
        piece = self._of_objects(get_named_type(parent.fields[_name(place)].type), place)
        return RowJsonCompiler(piece) if piece else None

    def _of_objects(self, kind: GraphQLNamedType, details: FieldDetailsList) -> Piece | None:
        if is_object_type(kind):
            return self._of_fields(kind, self._selected(kind, details))
        discriminator = getattr(_class_of(kind), DISCRIMINATOR, None)
        if not is_interface_type(kind) or discriminator is None:
            return None
        column, kinds, other = discriminator
        pieces: dict[type, Piece] = {}
        for possible in self._schema.get_possible_types(kind):
            piece = self._of_fields(possible, self._selected(possible, details))
            if piece is None:
                return None
            pieces[_class_of(possible)] = piece
        return _by_kind(column, {value: pieces[class_] for value, class_ in kinds.items()}, pieces[other])

    def _of_fields(self, kind: GraphQLObjectType, collected: CollectedFields) -> Piece | None:
        pieces: dict[str, Piece] = {}
        for key, details in collected.grouped_field_set.items():
            piece = self._of_field(kind, details)
            if piece is None:
                return None
            pieces[key] = piece
        return _object(pieces) if pieces and not collected.new_defer_usages else None

    def _of_field(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Piece | None:
        name = _name(details)
        if name == "__typename":
            return _always(literal(f'"{kind.name}"'))
        definition = self._schema.get_field(kind, name)
        field: StrawberryField | None = definition.extensions.get("strawberry-definition") if definition else None
        if definition is None or field is None or field.extensions or field.base_resolver is None:
            return None
        form: Form | None = getattr(field.base_resolver.wrapped_func, IN_SQL, None)
        inner = get_named_type(definition.type)
        if isinstance(form, Leaf) and get_nullable_type(definition.type) is inner:
            return _leaf(inner, form, nullable=not is_non_null_type(definition.type))
        if not is_non_null_type(definition.type):
            return None
        if isinstance(form, Entry):
            complete = self._completion_of(inner, details)
            return _entry(form, complete) if complete else None
        if isinstance(form, Rows) and is_list_type(definition.type.of_type):
            piece = self._of_objects(inner, details)
            return _rows(form, piece) if piece else None
        return None


def _name(details: FieldDetailsList) -> str:
    return details[0].node.name.value


def _class_of(kind: GraphQLNamedType) -> type:
    class_: type = kind.extensions["strawberry-definition"].origin
    return class_


def _always(sql: str) -> Piece:
    async def piece(row: str, run: Run) -> str:
        return sql

    return piece


def _leaf(kind: GraphQLNamedType, form: Leaf, *, nullable: bool) -> Piece | None:
    if isinstance(kind, GraphQLEnumType):
        names = {value.value: json.dumps(name) for name, value in kind.values.items()}
        other = names.get("OTHER")
    elif kind.name not in JSON_OF_SCALAR:
        return None

    async def piece(row: str, run: Run) -> str:
        value = form.expression.format(row=row, today=TODAY)
        if not isinstance(kind, GraphQLEnumType):
            text = JSON_OF_SCALAR[kind.name].format(value)
        elif other is not None:
            text = f"coalesce({looked_up(names, value)}, {literal(other)})"
        else:
            text = looked_up(names, value)
        return f"CASE WHEN {value} IS NULL THEN 'null' ELSE {text} END" if nullable else text

    return piece


def _entry(form: Entry, complete: ObjectsCompletion) -> Piece:
    async def piece(row: str, run: Run) -> str:
        entries = form.entries(run.context.language)
        texts = [orjson.dumps(entry).decode() for entry in await complete(list(entries.values()), run)]
        return looked_up(dict(zip(entries, texts, strict=True)), f"{row}.{form.column}")

    return piece


def _object(pieces: Mapping[str, Piece]) -> Piece:
    async def piece(row: str, run: Run) -> str:
        # In parentheses, so that PostgreSQL joins each pair before it copies it to all that stands before.
        pairs, before = [], "{"
        for key, of_key in pieces.items():
            pairs.append(f"({literal(before + json.dumps(key) + ':')} || {await of_key(row, run)})")
            before = ","
        return " || ".join(pairs) + " || '}'"

    return piece


def _by_kind(column: str, pieces: Mapping[str, Piece], other: Piece) -> Piece:
    async def piece(row: str, run: Run) -> str:
        values: dict[str, list[str]] = {}
        for value, of_kind in pieces.items():
            values.setdefault(await of_kind(row, run), []).append(literal(value))
        cases = [f"WHEN {row}.{column} IN ({', '.join(same)}) THEN {text}" for text, same in values.items()]
        return f"CASE {' '.join(cases)} ELSE {await other(row, run)} END"

    return piece


def _rows(form: Rows, of_each: Piece) -> Piece:
    async def piece(row: str, run: Run) -> str:
        inner = f"{row}_"
        each, order = await of_each(inner, run), form.order.format(row=inner)
        return (
            # An aggregate leaves out what is NULL, which must not be left out.
            f"(SELECT CASE WHEN count(*) = count({each})"  # noqa: S608 - our own text
            f" THEN '[' || coalesce(string_agg({each}, ',' ORDER BY {order}), '') || ']' END"
            f" FROM {form.source.format(row=inner, outer=row)})"
        )

    return piece


def looked_up(texts: Mapping[str, str], value: str) -> str:
    """The SQL of the text for a value; NULL for one that has none."""
    # A question mark would be taken for the place of a value.
    table = literal(orjson.dumps(texts).decode().replace("?", "\\u003f"))
    return f"({table}::jsonb ->> {value})"


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"
