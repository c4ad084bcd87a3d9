"""Enums of columns of text, into which a newer version may write values that this one does not know."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self


class StoredEnum(StrEnum):
    """The values of a column. A subclass has a member ``OTHER`` for any value that this version does not know.

    ``OTHER`` is read and filtered by, but never written.
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

    With ``OTHER`` among them, unknown values fulfil it too.
    """
    included = set(members)
    others = {member for member in included if member.name == "OTHER"}
    if not others:
        return f"{expression} = ANY(?::text[])", sorted(member.value for member in included)
    kind = type(next(iter(others)))
    return f"{expression} <> ALL(?::text[])", sorted(member.value for member in kind.known() if member not in included)
