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
from backend.api.compiled.run import FieldInfo, NotCompiled, Run, Values
from backend.api.core.authorization import Guard
from backend.api.core.field_resolvers import OF_ALL, Level, OfAll

Column = Callable[[Level, Run], Values]
"""Takes objects, answers a value for each of them in the same order."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class FieldCall:
    """A field at one place of a document."""

    definition: GraphQLField
    details: FieldDetails
    field_info: FieldInfo

    def arguments(self, run: Run) -> dict[str, Any]:
        """The field's arguments, coerced with the variables of a run. Raises: GraphQLError."""
        if not self.definition.args:
            return {}
        return get_argument_values(
            self.definition, self.details.node, run.variables, self.details.fragment_variable_values
        )


def type_name(name: str) -> Column:
    """``__typename``."""

    return lambda objects, run: [name] * len(objects)


def values_of(call: FieldCall) -> Column:
    """The column of a field: the cheapest way to call its resolver. Raises: NotCompiled, for a field without one."""
    field: StrawberryField | None = call.definition.extensions.get("strawberry-definition")
    if field is None:
        raise NotCompiled(f"{call.field_info[0]} is no field of Strawberry")
    if field.is_basic_field:
        get = attrgetter(field.python_name)
        return lambda objects, run: list(map(get, objects))
    resolver = field.base_resolver
    if resolver is not None and not field.extensions and hasattr(resolver.wrapped_func, OF_ALL):
        return _of_all(call, field, getattr(resolver.wrapped_func, OF_ALL))
    if resolver is None or not all(isinstance(extension, Guard) for extension in field.extensions):
        return _as_declared(call)
    if field.extensions or field.arguments or not resolver.self_parameter:
        return _guarded(call, field)
    return _resolved(call, field)


def _of_all(call: FieldCall, field: StrawberryField, of_all: OfAll) -> Column:
    """By a resolver that answers for the whole level."""

    return lambda objects, run: of_all(objects, run.info(call.field_info, field))


def _resolved(call: FieldCall, field: StrawberryField) -> Column:
    """By the resolver itself."""
    resolver = field.base_resolver
    assert resolver is not None
    resolve: Any = resolver.wrapped_func
    info_name = resolver.info_parameter.name if resolver.info_parameter else None

    def call_resolver(objects: Level, run: Run) -> list[Any]:
        if info_name is None:
            return [resolve(parent) for parent in objects]
        info: Any = run.info(call.field_info, field)
        return [resolve(parent, info) for parent in objects]

    return (lambda objects, run: gather(call_resolver(objects, run))) if resolver.is_async else call_resolver


def _guarded(call: FieldCall, field: StrawberryField) -> Column:
    """By the resolver itself, after the field's guards; arguments are converted once for the same variables."""
    resolver = field.base_resolver
    assert resolver is not None
    resolve: Any = resolver.wrapped_func
    info_name = resolver.info_parameter.name if resolver.info_parameter else None
    takes_self = resolver.self_parameter is not None

    def values(objects: Level, run: Run) -> Values:
        for guard in field.extensions:
            guard.check(run.context)  # type: ignore[attr-defined]
        if call not in run.field_arguments:
            run.field_arguments[call] = _converted(call.arguments(run), call, field)
        arguments = run.field_arguments[call]
        if info_name is not None:
            arguments = {**arguments, info_name: run.info(call.field_info, field)}
        results = [resolve(parent, **arguments) if takes_self else resolve(**arguments) for parent in objects]
        return gather(results) if resolver.is_async else results

    return values


def _converted(values: dict[str, Any], call: FieldCall, field: StrawberryField) -> dict[str, Any]:
    """Arguments as the resolver takes them, by Strawberry."""
    schema: Any = call.field_info[5]
    strawberry_schema = schema._strawberry_schema
    return convert_arguments(
        values,
        field.arguments,
        scalar_registry=strawberry_schema.schema_converter.scalar_registry,
        config=strawberry_schema.config,
    )


def _as_declared(call: FieldCall) -> Column:
    """As graphql-core calls it: with its arguments, and through its extensions."""
    resolve = call.definition.resolve
    assert resolve is not None

    def values(objects: Level, run: Run) -> Values:
        info, arguments = run.raw_info(call.field_info), call.arguments(run)
        results = [resolve(parent, info, **arguments) for parent in objects]
        return gather(results) if results and isinstance(results[0], Coroutine) else results

    return values
