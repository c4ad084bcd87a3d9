"""Who may call a field: each root field declares it, and so may any field that fewer may read than its type."""

from typing import Any

from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension
from strawberry.utils.await_maybe import await_maybe

from backend.api.core.authorization import ROLES, holders
from backend.api.core.context import Context, Info
from backend.identity.roles import Permission, Role, require


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

    async def resolve_async(self, next_: AsyncExtensionResolver, source: Any, info: Info, **kwargs: Any) -> Any:
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
