"""How a field is resolved for many objects at once: the compiled read path asks once for a whole level of an answer.

The ordinary executor asks for one object at a time and gets it from the same function, so no field is written twice.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from enum import StrEnum
from inspect import iscoroutinefunction
from typing import Any

from backend.api.core import sql_fields
from backend.api.core.context import Info
from backend.api.core.sql_fields import IN_SQL, Form
from backend.global_ids import global_id
from backend.storage.rows import column_reader

OF_ALL = "of_all"


class Level(list[Any]):
    """Objects that stand side by side in an answer."""

    def __init__(self, objects: Iterable[Any]) -> None:
        super().__init__(objects)
        self._read: Callable[[str], Sequence[Any]] | None = None

    def column(self, name: str) -> Sequence[Any]:
        """An attribute of the models of all objects."""
        if self._read is None:
            self._read = column_reader([one.model for one in self])
        return self._read(name)


class Interned(list[Any]):
    """Values of which a few stand in many places: the path that asks for a level answers each of them once."""

    def __init__(self, distinct: Mapping[Any, Any], keys: Sequence[Any]) -> None:
        super().__init__(map(distinct.__getitem__, keys))
        self.distinct = distinct
        self.keys = keys


OfAll = Callable[[Level, Info], Sequence[Any] | Coroutine[Any, Any, Sequence[Any]]]


def batched(of_all: OfAll, in_sql: Form | None = None) -> Callable[[Any, Info], Any]:
    """A resolver by a function that answers for many objects, in their order; it may be awaited.

    ``in_sql`` says the same in a statement.
    """

    def of_one(self: Any, info: Info) -> Any:
        return of_all(Level([self]), info)[0]  # type: ignore[index]

    async def of_one_awaited(self: Any, info: Info) -> Any:
        return (await of_all(Level([self]), info))[0]  # type: ignore[misc]

    resolver: Callable[[Any, Info], Any] = of_one_awaited if iscoroutinefunction(of_all) else of_one
    setattr(resolver, OF_ALL, of_all)
    setattr(resolver, IN_SQL, in_sql)
    return resolver


def model_field(name: str) -> Callable[[Any, Info], Any]:
    """A resolver that shows an attribute of the object's model as it is."""
    return batched(lambda objects, info: objects.column(name), sql_fields.attribute(name))


def enum_field(name: str, kind: type[StrEnum]) -> Callable[[Any, Info], Any]:
    """A resolver that shows an attribute of the object's model as one of a known few."""
    return batched(lambda objects, info: list(map(kind, objects.column(name))), sql_fields.attribute(name))


def key_field(type_name: str) -> Callable[[Any, Info], Any]:
    """A resolver of the global id that an object of this type has by its model's key."""
    return batched(
        lambda objects, info: [global_id(type_name, key) for key in objects.column("id")], sql_fields.key(type_name)
    )
