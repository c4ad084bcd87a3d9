"""From the values of a field to what the answer shows of them, for a whole level at once."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLOutputType,
    GraphQLString,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from backend.graphql.compiled.running import NotCompiled, Run

Completion = Callable[[list[Any], Run], Awaitable[list[Any]]]
"""Values in, what is shown of them out, in the same order. Raises: NotCompiled, and whatever fails."""

AS_THEY_ARE = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Values of exactly this class are shown as they are."""

MAX_INT = 2**31


def completion(kind: GraphQLOutputType, of_objects: Completion | None) -> Completion:
    """How values of a type are completed; ``of_objects`` completes the objects that they are or hold."""
    if is_non_null_type(kind):
        return _non_null(kind.of_type, of_objects)
    return _nullable(_non_null(kind, of_objects))


def _non_null(kind: GraphQLOutputType, of_objects: Completion | None) -> Completion:
    if is_list_type(kind):
        return _lists(completion(kind.of_type, of_objects))
    if is_leaf_type(kind):
        return _leaves(kind)
    if of_objects is None:
        raise NotCompiled(f"{kind} without a selection")
    return _objects(of_objects)


def _nullable(inner: Completion) -> Completion:
    async def complete(values: list[Any], run: Run) -> list[Any]:
        if None not in values:
            return await inner(values, run)
        done = iter(await inner([value for value in values if value is not None], run))
        return [None if value is None else next(done) for value in values]

    return complete


def _objects(inner: Completion) -> Completion:
    async def complete(values: list[Any], run: Run) -> list[Any]:
        if None in values:
            raise NotCompiled("a null where none may be")
        # One object that stands in many places, as an entry of the catalogue does, is completed once.
        distinct = {id(value): value for value in values}
        shown = await inner(list(distinct.values()), run) if values else []
        if len(distinct) == len(values):
            return shown
        by_id = dict(zip(distinct, shown, strict=True))
        return [by_id[id(value)] for value in values]

    return complete


def _lists(inner: Completion) -> Completion:
    async def complete(values: list[Any], run: Run) -> list[Any]:
        flat: list[Any] = []
        for value in values:
            if not isinstance(value, list | tuple):
                raise NotCompiled("not a list")
            flat += value
        done = iter(await inner(flat, run))
        return [_next_ones(done, value) for value in values]

    return complete


def _next_ones(done: Iterator[Any], like: Sequence[Any]) -> list[Any]:
    return list(islice(done, len(like))) if like else []


def _leaves(kind: GraphQLLeafType) -> Completion:
    convert = _converter(kind)

    async def complete(values: list[Any], run: Run) -> list[Any]:
        return convert(values)

    return complete


def _converter(kind: GraphQLLeafType) -> Callable[[list[Any]], list[Any]]:
    def one(value: Any) -> Any:
        shown = kind.coerce_output_value(value)
        if value is None or shown is None:
            raise NotCompiled("a null where none may be")
        return shown

    if kind in AS_THEY_ARE:
        plain = AS_THEY_ARE[kind]
        return lambda values: [value if value.__class__ is plain else one(value) for value in values]
    if kind is GraphQLInt:
        return lambda values: [
            value if value.__class__ is int and -MAX_INT <= value < MAX_INT else one(value) for value in values
        ]
    if isinstance(kind, GraphQLEnumType):
        return _enum_converter(one)
    return _scalar_converter(kind)


def _scalar_converter(kind: GraphQLLeafType) -> Callable[[list[Any]], list[Any]]:
    as_shown = kind.coerce_output_value

    def convert(values: list[Any]) -> list[Any]:
        shown = list(map(as_shown, values))
        if None in values or None in shown:
            raise NotCompiled("a null where none may be")
        return shown

    return convert


def _enum_converter(one: Callable[[Any], Any]) -> Callable[[list[Any]], list[Any]]:
    names: dict[Any, Any] = {}

    def convert(values: list[Any]) -> list[Any]:
        for value in set(values):
            if value not in names:
                names[value] = one(value)
        return [names[value] for value in values]

    return convert
