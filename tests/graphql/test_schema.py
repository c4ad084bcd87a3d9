"""The schema is what its file says, says what everything in it is, and lets nobody in who is not signed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
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
    is_object_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
    validate,
)

from backend.global_ids import global_id
from backend.graphql.schema import printed_schema
from tests.desk import Desk

SCHEMA = build_ast_schema(parse(printed_schema()))
"""As a client knows it."""

ROOTS = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type, "subscription": SCHEMA.subscription_type}

FOR_EVERYONE = {"viewer", "demo", "signIn", "refreshSession", "requestPasswordReset", "resetPassword"}
"""The only root fields that somebody may call who is not signed in."""

VALUES = {"String": '"x"', "Int": "1", "Boolean": "true", "Date": '"2027-04-03"', "ID": f'"{global_id("Account", 1)}"'}


def fields_of(*operations: str) -> list[tuple[str, str]]:
    """The root fields of these operations."""
    return [
        (operation, name)
        for operation in operations
        for name in getattr(ROOTS[operation], "fields")  # noqa: B009 - there is no root without fields
    ]


def smallest_document(operation: str, name: str) -> str:
    """An operation that asks for one root field, with no more arguments and no more of its answer than it must."""
    root = ROOTS[operation]
    assert root is not None
    field = root.fields[name]
    arguments = _filled({key: arg for key, arg in field.args.items() if is_required_argument(arg)})
    return f"{operation} {{ {name}{f'({arguments})' if arguments else ''}{_selection(field)} }}"


def _filled(wanted: dict[str, GraphQLArgument] | dict[str, GraphQLInputField]) -> str:
    return ", ".join(f"{name}: {_value(item.type)}" for name, item in wanted.items())


def _value(of_type: GraphQLInputType) -> str:
    kind = get_nullable_type(of_type)
    if is_list_type(kind):
        return f"[{_value(kind.of_type)}]"
    if is_enum_type(kind):
        return str(next(iter(kind.values)))
    if is_input_object_type(kind):
        return f"{{{_filled(_required(kind))}}}"
    return VALUES[get_named_type(kind).name]


def _required(kind: GraphQLInputObjectType) -> dict[str, GraphQLInputField]:
    if kind.is_one_of:
        return dict(list(kind.fields.items())[:1])
    return {name: field for name, field in kind.fields.items() if is_required_input_field(field)}


def _selection(field: GraphQLField) -> str:
    return " { __typename }" if is_composite_type(get_named_type(field.type)) else ""


def own_types() -> Iterator[GraphQLNamedType]:
    """The types that this schema brings, without the roots, which speak for themselves."""
    for kind in SCHEMA.type_map.values():
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind) and kind not in ROOTS.values():
            yield kind


def test_the_printed_schema_is_the_one_in_its_file() -> None:
    assert (Path(__file__).parents[2] / "schema.graphql").read_text(encoding="utf-8") == printed_schema()


@pytest.mark.parametrize(("operation", "name"), fields_of("query", "mutation", "subscription"))
def test_the_smallest_document_of_every_field_is_valid(operation: str, name: str) -> None:
    assert validate(SCHEMA, parse(smallest_document(operation, name))) == []


@pytest.mark.parametrize(("operation", "name"), fields_of("query", "mutation"))
async def test_nobody_calls_a_field_without_signing_in_unless_it_is_for_everyone(
    desk: Desk, operation: str, name: str
) -> None:
    answer = await desk.stranger().asks(smallest_document(operation, name))

    codes = [error["extensions"]["code"] for error in answer.body.get("errors", [])]
    if name in FOR_EVERYONE:
        # A refresh token that nobody has is no session: that is an answer of the field, not of its guard.
        assert codes == (["UNAUTHENTICATED"] if name == "refreshSession" else [])
    else:
        assert codes == ["UNAUTHENTICATED"]


def test_every_type_says_what_it_is() -> None:
    assert [kind.name for kind in own_types() if not kind.description] == []


def test_every_field_says_what_it_is() -> None:
    silent = [
        f"{kind.name}.{name}"
        for kind in [*own_types(), *(root for root in ROOTS.values() if root)]
        for name, field in getattr(kind, "fields", {}).items()
        if not field.description
    ]

    assert silent == []


def test_every_mutation_takes_one_input_and_answers_with_what_can_be_mended() -> None:
    for name, field in getattr(ROOTS["mutation"], "fields").items():  # noqa: B009
        payload = get_named_type(field.type)
        assert is_object_type(payload), name
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["errors"].type) == "[UserError!]!", name
        assert list(field.args) in ([], ["input"]), name
