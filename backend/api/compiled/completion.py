"""Completes the values of a field for the response, for a whole level of objects at once."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import date, datetime
from itertools import chain, islice
from types import CoroutineType, NoneType
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLOutputType,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from orjson import Fragment

from backend.api.compiled.run import NotCompiled, Run, Values
from backend.api.core.field_resolvers import Interned

Completion = Callable[[Sequence[Any], Run], Values]
"""Takes values, answers what the response has for each, in order. Raises: NotCompiled, and what resolvers raise."""

ObjectsCompletion = Callable[[Sequence[Any], Run], Coroutine[Any, Any, Sequence[Any]]]
"""The same for objects, whose fields may have to be awaited."""

PASSED_THROUGH: dict[str, type] = {"String": str, "ID": str, "Boolean": bool, "Date": date, "DateTime": datetime}
"""By scalar, the class whose values need no conversion; the JSON encoder writes dates by ISO 8601, as scalars do."""

MAX_INT = 2**31

ONLY_INT = {int}

LISTS = {list, tuple}


def completion(kind: GraphQLOutputType, of_objects: ObjectsCompletion | None) -> Completion:
    """The completion of a type's values; ``of_objects`` completes the objects among them. Raises: NotCompiled."""
    nullable = not is_non_null_type(kind)
    bare = get_nullable_type(kind)
    if is_leaf_type(bare):
        convert = _converter(bare)
        return _leaves_or_nulls(convert) if nullable else lambda values, run: convert(values)
    if is_list_type(bare):
        inner = _lists(completion(bare.of_type, of_objects))
    elif of_objects is not None:
        inner = _objects(of_objects)
    else:
        raise NotCompiled(f"{bare} without a selection")
    return _nullable(inner) if nullable else inner


def _leaves_or_nulls(convert: Callable[[Sequence[Any]], Sequence[Any]]) -> Completion:
    def complete(values: Sequence[Any], run: Run) -> Sequence[Any]:
        if not _has_null(values):
            return convert(values)
        return _with_nulls(values, convert([value for value in values if value is not None]))

    return complete


def _nullable(inner: ObjectsCompletion) -> ObjectsCompletion:
    async def complete(values: Sequence[Any], run: Run) -> Sequence[Any]:
        if not _has_null(values):
            return await inner(values, run)
        return _with_nulls(values, await inner([value for value in values if value is not None], run))

    return complete


def _has_null(values: Sequence[Any]) -> bool:
    # By their types: objects would be compared with None one by one, by a method of their own.
    return NoneType in map(type, values)


def _with_nulls(values: Sequence[Any], completed: Sequence[Any]) -> Sequence[Any]:
    following = iter(completed)
    return [None if value is None else next(following) for value in values]


def _objects(inner: ObjectsCompletion) -> ObjectsCompletion:
    async def complete(values: Sequence[Any], run: Run) -> Sequence[Any]:
        if isinstance(values, Interned):
            completed = await complete(list(values.distinct.values()), run)
            return list(map(dict(zip(values.distinct, completed, strict=True)).__getitem__, values.keys))
        if _has_null(values):
            raise NotCompiled("a null where none may be")
        if values and values[0].__class__ is Fragment:
            return values  # finished JSON, of a list whose rows are all so
        return await inner(values, run) if values else []

    return complete


def _lists(inner: Completion) -> ObjectsCompletion:
    async def complete(values: Sequence[Any], run: Run) -> Sequence[Any]:
        if not LISTS.issuperset(map(type, values)):
            raise NotCompiled("not a list")
        completed: Any = inner(list(chain.from_iterable(values)), run)
        items = iter(await completed if isinstance(completed, CoroutineType) else completed)
        return [list(islice(items, len(value))) if value else [] for value in values]

    return complete


def _converter(kind: GraphQLLeafType) -> Callable[[Sequence[Any]], Sequence[Any]]:
    coerce = kind.coerce_output_value

    def batched(values: Sequence[Any]) -> Sequence[Any]:
        completed = list(map(coerce, values))
        if _has_null(values) or _has_null(completed):
            raise NotCompiled("a null where none may be")
        return completed

    if kind.name in PASSED_THROUGH:
        plain = {PASSED_THROUGH[kind.name]}
        return lambda values: values if plain.issuperset(map(type, values)) else batched(values)
    if kind is GraphQLInt:
        return lambda values: values if _are_ints(values) else batched(values)
    if isinstance(kind, GraphQLEnumType):
        return _enum_converter(batched)
    return batched


def _are_ints(values: Sequence[Any]) -> bool:
    return ONLY_INT.issuperset(map(type, values)) and (
        not values or (min(values) >= -MAX_INT and max(values) < MAX_INT)
    )


def _enum_converter(batched: Callable[[Sequence[Any]], Sequence[Any]]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    names: dict[Any, Any] = {}

    def convert(values: Sequence[Any]) -> Sequence[Any]:
        new = list(set(values).difference(names))
        names.update(zip(new, batched(new), strict=True))
        return [names[value] for value in values]

    return convert
