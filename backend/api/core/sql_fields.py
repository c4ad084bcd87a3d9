"""How the JSON of a field is said in SQL, where it can be: declared beside the field's resolver, which says the same.

A list whose objects are asked for such fields only is told by its own statement (``compiled/row_json.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.catalogue import Language

IN_SQL = "in_sql"

DISCRIMINATOR = "discriminator"


@dataclass(frozen=True, slots=True)
class Leaf:
    """An SQL expression of the field's value: over ``{row}`` and the present date of its organisation, ``{today}``."""

    expression: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a catalogue, by the code in a column; all of them in a language, by code."""

    column: str
    entries: Callable[[Language], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that a statement finds for ``{outer}``: what stands after FROM, calling each ``{row}``; their order."""

    source: str
    order: str


Form = Leaf | Entry | Rows


def attribute(name: str) -> Leaf:
    """An attribute of the object's model, which a column of the same name holds."""
    return Leaf(f"{{row}}.{name}")


def key(type_name: str) -> Leaf:
    """The global id that an object of this type has by its model's key (``backend/global_ids.py``)."""
    return Leaf(f"rtrim(encode(('{type_name}:' || {{row}}.id)::bytea, 'base64'), '=')")


def tell_apart(interface: type, column: str, kinds: Mapping[Any, type], other: type) -> None:
    """Declare which type an object of an interface has, by the member of an enum that a column holds, or is another."""
    setattr(interface, DISCRIMINATOR, (column, {value.value: kind for value, kind in kinds.items()}, other))
