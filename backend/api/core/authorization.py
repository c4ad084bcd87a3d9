"""Who may read what an object shows, and who may call a field: declared once, beside each.

A type declares its audience, for all of its fields. Each root field carries a guard, and so may any field that fewer
may read than its type. Nothing is checked again for each field of an object: whoever obtains one for a viewer asks
within what that viewer may see (``identity/scope.py``).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension
from strawberry.types.info import Info as StrawberryInfo
from strawberry.utils.await_maybe import await_maybe

from backend.api.core.context import Context
from backend.identity.roles import GRANTED, Permission, Role, require

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
        """The roles that a type of this audience is for; those of PARENT come from the fields that answer with it."""
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

DECLARED = "__audience__"


def visible_to(audience: Audience) -> Callable[[T], T]:
    """Declare whom the objects of a type may be shown to; types that extend it declare their own."""

    def declare(cls: T) -> T:
        setattr(cls, DECLARED, audience)
        return cls

    return declare


def audience_of(cls: type) -> Audience | None:
    """What a type declares, if it does."""
    declared: Audience | None = vars(cls).get(DECLARED)
    return declared


class Guard(FieldExtension):
    """A rule that the viewer must pass before the resolver runs."""

    name: str
    """As the authorization matrix shows it."""
    anonymous = False
    """Whether it lets in who is not signed in."""

    def check(self, context: Context) -> None:
        """Raises: NotSignedIn, Forbidden."""
        raise NotImplementedError

    def roles(self) -> frozenset[Role]:
        """The roles that pass."""
        raise NotImplementedError

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: StrawberryInfo[Any, Any], **kwargs: Any
    ) -> Any:
        """The resolver's answer, for those who pass; a subscription's is a stream, which is not awaited."""
        self.check(info.context)
        return await await_maybe(next_(source, info, **kwargs))


class Anybody(Guard):
    """Nobody need be signed in."""

    name = "ANYBODY"
    anonymous = True

    def check(self, context: Context) -> None:
        """Never raises."""

    def roles(self) -> frozenset[Role]:
        """All."""
        return ROLES


class SignedIn(Guard):
    """Any user."""

    name = "SIGNED_IN"

    def check(self, context: Context) -> None:
        """Raises: NotSignedIn."""
        _ = context.viewer

    def roles(self) -> frozenset[Role]:
        """All."""
        return ROLES


class Requires(Guard):
    """Users whose role grants a permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        self.name = permission.value

    def check(self, context: Context) -> None:
        """Raises: NotSignedIn, Forbidden."""
        require(context.viewer, self.permission)

    def roles(self) -> frozenset[Role]:
        """Those that the table grants the permission to."""
        return holders(self.permission)


IN_SECTION = Requires(Permission.SEE_SECTION)
