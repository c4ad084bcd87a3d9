"""Enums of what columns hold as text, while a newer version may write values that this one does not know."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self


class StoredEnum(StrEnum):
    """What a column holds. A subclass has a member ``OTHER``: any value that this version does not know.

    Rows are read by it and lists narrowed by it, but no row is ever written with it.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls.__members__.get("OTHER")

    @classmethod
    def known(cls) -> list[Self]:
        """The values that this version knows."""
        return [member for member in cls if member.name != "OTHER"]


def one_of(expression: str, members: Iterable[StoredEnum]) -> tuple[str, list[str]]:
    """The SQL condition that an expression is one of these, with ``?`` for its one value, and the value.

    With ``OTHER`` among them, so is whatever this version does not know.
    """
    wanted = set(members)
    others = {member for member in wanted if member.name == "OTHER"}
    if not others:
        return f"{expression} = ANY(?::text[])", sorted(member.value for member in wanted)
    kind = type(next(iter(others)))
    return f"{expression} <> ALL(?::text[])", sorted(member.value for member in kind.known() if member not in wanted)
