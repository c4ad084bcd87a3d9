"""Documents made from the schema: the smallest that calls a root field, and the shortest that reaches a type."""

import json
from collections import deque
from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_ast_schema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_introspection_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
)

from backend.api.schema import printed_schema
from backend.global_ids import global_id

SCHEMA = build_ast_schema(parse(printed_schema()))
"""As a client knows it."""

ROOTS = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type, "subscription": SCHEMA.subscription_type}

MOST_NESTED = 4
"""Levels of inputs within inputs; none of the schema has more."""

VALUES = {"String": '"x"', "Int": "1", "Boolean": "true", "Date": '"2027-04-03"'}

NOBODYS = global_id("Account", 1)


def fields_of(*operations: str) -> list[tuple[str, str]]:
    """The root fields of these operations."""
    return [(operation, name) for operation in operations for name in root_of(operation).fields]


def root_of(operation: str) -> GraphQLObjectType:
    """The type of an operation's root fields."""
    root = ROOTS[operation]
    assert root is not None
    return root


def own_types() -> Iterator[GraphQLNamedType]:
    """The types that this schema brings, without the roots, which speak for themselves."""
    for kind in SCHEMA.type_map.values():
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind) and kind not in ROOTS.values():
            yield kind


def smallest_document(operation: str, name: str, id_: str = NOBODYS) -> str:
    """An operation that asks for one root field, with no more arguments and no more of its answer than it must."""
    field = root_of(operation).fields[name]
    return f"{operation} {{ {_call(name, field, id_)}{_selection(field)} }}"


def documents_with_text(text: str) -> Iterator[tuple[str, str]]:
    """For each argument of a query or mutation that takes words or an id, its name and an operation that gives this."""
    for operation, name in fields_of("query", "mutation"):
        field = root_of(operation).fields[name]
        for key, argument in field.args.items():
            others = {other: arg for other, arg in field.args.items() if other != key and is_required_argument(arg)}
            for where, value in _values_with(argument.type, json.dumps(text)):
                given = ", ".join(filter(None, [f"{key}: {value}", _filled(others, NOBODYS)]))
                yield f"{name}.{key}{where}", f"{operation} {{ {name}({given}){_selection(field)} }}"


def _values_with(of_type: GraphQLInputType, text: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    kind = get_nullable_type(of_type)
    if is_list_type(kind):
        yield from ((where, f"[{value}]") for where, value in _values_with(kind.of_type, text, depth))
    elif is_input_object_type(kind) and depth < MOST_NESTED:
        for name, field in kind.fields.items():
            needed = {} if kind.is_one_of else _required(kind)
            others = _filled({other: item for other, item in needed.items() if other != name}, NOBODYS)
            for where, value in _values_with(field.type, text, depth + 1):
                yield f".{name}{where}", f"{{{', '.join(filter(None, [f'{name}: {value}', others]))}}}"
    elif get_named_type(kind).name in {"ID", "String"}:
        yield "", text


def paths_from(name: str, id_: str = NOBODYS) -> dict[str, list[str]]:
    """The types that a query's root field can answer with, directly or within; how to get to each, shortest first."""
    field = root_of("query").fields[name]
    start = get_named_type(field.type)
    paths = {start.name: [_call(name, field, id_)]}
    waiting = deque([start])
    while waiting:
        kind = waiting.popleft()
        for step, following in _steps_from(kind):
            if following.name not in paths:
                paths[following.name] = [*paths[kind.name], step]
                waiting.append(following)
    return paths


def document_reaching(path: list[str], type_name: str, names: list[str]) -> str:
    """A query that asks for these fields of a type at the end of a path."""
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    asked = " ".join(f"{name}{_arguments(kind.fields[name], NOBODYS)}{_selection(kind.fields[name])}" for name in names)
    return "query { " + " { ".join([*path, asked]) + " }" * (len(path) + 1)


def _steps_from(kind: GraphQLNamedType) -> Iterator[tuple[str, GraphQLNamedType]]:
    if isinstance(kind, GraphQLInterfaceType):
        for possible in SCHEMA.get_possible_types(kind):
            yield f"... on {possible.name}", possible
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            if is_composite_type(get_named_type(field.type)):
                yield _call(name, field, NOBODYS), get_named_type(field.type)


def _call(name: str, field: GraphQLField, id_: str) -> str:
    return f"{name}{_arguments(field, id_)}"


def _arguments(field: GraphQLField, id_: str) -> str:
    filled = _filled({key: arg for key, arg in field.args.items() if is_required_argument(arg)}, id_)
    return f"({filled})" if filled else ""


def _filled(wanted: Mapping[str, GraphQLArgument | GraphQLInputField], id_: str) -> str:
    return ", ".join(f"{name}: {_value(item.type, id_)}" for name, item in wanted.items())


def _value(of_type: GraphQLInputType, id_: str) -> str:
    kind = get_nullable_type(of_type)
    if is_list_type(kind):
        return f"[{_value(kind.of_type, id_)}]"
    if is_enum_type(kind):
        return str(next(iter(kind.values)))
    if is_input_object_type(kind):
        return f"{{{_filled(_required(kind), id_)}}}"
    named = get_named_type(kind).name
    return f'"{id_}"' if named == "ID" else VALUES[named]


def _required(kind: GraphQLInputObjectType) -> dict[str, GraphQLInputField]:
    if kind.is_one_of:
        return dict(list(kind.fields.items())[:1])
    return {name: field for name, field in kind.fields.items() if is_required_input_field(field)}


def _selection(field: GraphQLField) -> str:
    return " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
