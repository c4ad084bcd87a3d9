"""The values of one field for a whole level of objects, by the field's own resolver."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from graphql import GraphQLField
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import get_argument_values
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from backend.api.compiled.gather import gather
from backend.api.compiled.run import NotCompiled, Run, Told, Values
from backend.api.core.authorization import Guard
from backend.api.core.field_resolvers import OF_ALL, Level, OfAll

Column = Callable[[Level, Run], Values]
"""Objects in, a value for each of them out."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class FieldCall:
    """A field where a document asks for it."""

    definition: GraphQLField
    details: FieldDetails
    told: Told

    def arguments(self, run: Run) -> dict[str, Any]:
        """The arguments of a run. Raises: GraphQLError."""
        if not self.definition.args:
            return {}
        return get_argument_values(
            self.definition, self.details.node, run.variables, self.details.fragment_variable_values
        )


def type_name(name: str) -> Column:
    """``__typename``."""

    return lambda objects, run: [name] * len(objects)


def values_of(asked: FieldCall) -> Column:
    """The field's values. Raises: NotCompiled, when Strawberry did not make the field."""
    field: StrawberryField | None = asked.definition.extensions.get("strawberry-definition")
    if field is None:
        raise NotCompiled(f"{asked.told[0]} is none of ours")
    if field.is_basic_field:
        get = attrgetter(field.python_name)
        return lambda objects, run: list(map(get, objects))
    resolver = field.base_resolver
    if resolver is not None and not field.extensions and hasattr(resolver.wrapped_func, OF_ALL):
        return _of_all(asked, field, getattr(resolver.wrapped_func, OF_ALL))
    if resolver is None or not all(isinstance(extension, Guard) for extension in field.extensions):
        return _as_declared(asked)
    if field.extensions or field.arguments or not resolver.self_parameter:
        return _guarded(asked, field)
    return _resolved(asked, field)


def _of_all(asked: FieldCall, field: StrawberryField, of_all: OfAll) -> Column:
    """By a resolver that answers for the whole level."""

    return lambda objects, run: of_all(objects, run.info(asked.told, field))


def _resolved(asked: FieldCall, field: StrawberryField) -> Column:
    """By the resolver itself."""
    resolver = field.base_resolver
    assert resolver is not None
    resolve: Any = resolver.wrapped_func
    info_name = resolver.info_parameter.name if resolver.info_parameter else None

    def started(objects: Level, run: Run) -> list[Any]:
        if info_name is None:
            return [resolve(one) for one in objects]
        info: Any = run.info(asked.told, field)
        return [resolve(one, info) for one in objects]

    return (lambda objects, run: gather(started(objects, run))) if resolver.is_async else started


def _guarded(asked: FieldCall, field: StrawberryField) -> Column:
    """By the resolver itself, for who passes the field's guards; the same variables make the same arguments."""
    resolver = field.base_resolver
    assert resolver is not None
    resolve: Any = resolver.wrapped_func
    info_name = resolver.info_parameter.name if resolver.info_parameter else None
    takes_self = resolver.self_parameter is not None

    def values(objects: Level, run: Run) -> Values:
        for guard in field.extensions:
            guard.check(run.context)  # type: ignore[attr-defined]
        if asked not in run.made:
            run.made[asked] = _converted(asked.arguments(run), asked, field)
        more = run.made[asked]
        if info_name is not None:
            more = {**more, info_name: run.info(asked.told, field)}
        found = [resolve(one, **more) if takes_self else resolve(**more) for one in objects]
        return gather(found) if resolver.is_async else found

    return values


def _converted(values: dict[str, Any], asked: FieldCall, field: StrawberryField) -> dict[str, Any]:
    """Arguments as the resolver takes them, by Strawberry."""
    schema: Any = asked.told[5]
    ours = schema._strawberry_schema
    return convert_arguments(
        values, field.arguments, scalar_registry=ours.schema_converter.scalar_registry, config=ours.config
    )


def _as_declared(asked: FieldCall) -> Column:
    """As graphql-core calls it: with its arguments, and through its extensions."""
    resolve = asked.definition.resolve
    assert resolve is not None

    def values(objects: Level, run: Run) -> Values:
        info, arguments = run.raw_info(asked.told), asked.arguments(run)
        found = [resolve(one, info, **arguments) for one in objects]
        return gather(found) if found and isinstance(found[0], Coroutine) else found

    return values
