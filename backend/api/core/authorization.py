"""Who may read what an object shows: declared once on its type, for all of its fields.

A field that fewer may read than its type carries a guard of its own (``guards.py``), as every root field does. Nothing
is checked again for each field of an object: whoever obtains one for a viewer asks within what that viewer may see
(``accounts/scope.py``, ``requests/scope.py``, ``loaders.py``).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from backend.identity.roles import GRANTED, Permission, Role

ROLES = frozenset(Role)


class Audience(StrEnum):
    """Whom an object may be shown to."""

    PUBLIC = "PUBLIC"
    """Anybody: it says nothing about anybody."""
    SELF = "SELF"
    """The user whom it is about."""
    HOME = "HOME"
    """Users of its organisation who have a home page."""
    SECTION = "SECTION"
    """Users of its organisation who may see the section, and Customer Success."""
    PARENT = "PARENT"
    """Whoever may call a field that answers with it: it is part of another object or of an answer."""

    def roles(self) -> frozenset[Role]:
        """The roles that a type of this reach is for; those of PARENT come from the fields that answer with it."""
        match self:
            case Audience.PUBLIC | Audience.SELF:
                return ROLES
            case Audience.HOME:
                return holders(Permission.SEE_HOME)
            case Audience.SECTION:
                return holders(Permission.SEE_SECTION)
            case Audience.PARENT:
                return frozenset()


def holders(permission: Permission) -> frozenset[Role]:
    """The roles that a permission is granted to."""
    return frozenset(role for role in Role.known() if permission in GRANTED[role])


T = TypeVar("T", bound=type)

DECLARED = "__reach__"


def visible_to(reach: Audience) -> Callable[[T], T]:
    """Declare whom the objects of a type may be shown to; types that extend it declare their own."""

    def declare(cls: T) -> T:
        setattr(cls, DECLARED, reach)
        return cls

    return declare


def audience_of(cls: type) -> Audience | None:
    """What a type declares, if it does."""
    declared: Audience | None = vars(cls).get(DECLARED)
    return declared
