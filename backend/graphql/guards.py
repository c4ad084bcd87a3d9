"""Who may call a root field: each declares it, and the schema refuses to be built when one does not."""

from typing import Any

from graphql import GraphQLSchema
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension
from strawberry.types.field import StrawberryField
from strawberry.utils.await_maybe import await_maybe

from backend.graphql.context import Context, Info
from backend.identity.permissions import Permission, require


class Guard(FieldExtension):
    """A rule that the viewer must pass before the resolver runs."""

    def check(self, context: Context) -> None:
        """Raises: NotSignedIn, Forbidden."""
        raise NotImplementedError

    async def resolve_async(self, next_: AsyncExtensionResolver, source: Any, info: Info, **kwargs: Any) -> Any:
        """The resolver's answer, for those who pass; a subscription's is a stream, which is not awaited."""
        self.check(info.context)
        return await await_maybe(next_(source, info, **kwargs))


class Anybody(Guard):
    """Nobody need be signed in."""

    def check(self, context: Context) -> None:
        """Never raises."""


class SignedIn(Guard):
    """Any user."""

    def check(self, context: Context) -> None:
        """Raises: NotSignedIn."""
        _ = context.viewer


class Holds(Guard):
    """Users whose role grants a permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def check(self, context: Context) -> None:
        """Raises: NotSignedIn, Forbidden."""
        require(context.viewer, self.permission)


def unguarded_fields(schema: GraphQLSchema) -> list[str]:
    """The root fields that declare no guard."""
    return [
        f"{root.name}.{name}"
        for root in (schema.query_type, schema.mutation_type, schema.subscription_type)
        if root is not None
        for name, field in root.fields.items()
        if not any(isinstance(extension, Guard) for extension in _declared(field.extensions).extensions)
    ]


def _declared(extensions: dict[str, Any]) -> StrawberryField:
    found: StrawberryField = extensions["strawberry-definition"]
    return found
