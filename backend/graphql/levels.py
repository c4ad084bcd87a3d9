"""How a field is resolved for many objects at once: the compiled read path asks once for a whole level of an answer.

The ordinary executor asks for one object at a time and gets it from the same function, so no field is written twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from operator import attrgetter
from typing import Any

from backend.graphql.context import Info

OfAll = Callable[[Sequence[Any], Info], Awaitable[Sequence[Any]]]

OF_ALL, GETTER = "of_all", "getter"


def each(of_all: OfAll) -> Callable[[Any, Info], Awaitable[Any]]:
    """A resolver by a function that answers for many objects, in their order."""

    async def of_one(self: Any, info: Info) -> Any:
        return (await of_all([self], info))[0]

    setattr(of_one, OF_ALL, of_all)
    return of_one


def of_model(name: str) -> Callable[[Any], Any]:
    """A resolver that shows an attribute of the object's model as it is."""
    get = attrgetter(f"model.{name}")

    def attribute(self: Any) -> Any:
        return get(self)

    setattr(attribute, GETTER, get)
    return attribute
