"""The schema is what its file says, and says what everything in it is."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type, is_object_type, parse, validate

from backend.api.compatibility import breaking_changes
from backend.api.schema import printed_schema
from tests.api.documents import ROOTS, SCHEMA, fields_of, own_types, root_of, smallest_document


def test_the_printed_schema_is_the_one_in_its_file() -> None:
    assert (Path(__file__).parents[2] / "schema.graphql").read_text(encoding="utf-8") == printed_schema()


@pytest.mark.parametrize(("operation", "name"), fields_of("query", "mutation", "subscription"))
def test_the_smallest_document_of_every_field_is_valid(operation: str, name: str) -> None:
    assert validate(SCHEMA, parse(smallest_document(operation, name))) == []


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


def test_every_argument_and_every_value_of_an_enum_says_what_it_is() -> None:
    silent = [
        f"{kind.name}.{name}({argument})"
        for kind in [*own_types(), *(root for root in ROOTS.values() if root)]
        for name, field in getattr(kind, "fields", {}).items()
        for argument, definition in getattr(field, "args", {}).items()
        if not definition.description
    ]
    silent += [
        f"{kind.name}.{name}"
        for kind in own_types()
        if isinstance(kind, GraphQLEnumType)
        for name, value in kind.values.items()
        if not value.description
    ]

    assert silent == []


def test_what_is_deprecated_says_what_to_use_instead() -> None:
    deprecated = [
        field.deprecation_reason
        for kind in [*own_types(), *(root for root in ROOTS.values() if root)]
        for field in getattr(kind, "fields", {}).values()
        if field.deprecation_reason is not None
    ]

    assert all(reason and reason != "No longer supported" for reason in deprecated)


def test_the_clients_of_the_last_release_are_served() -> None:
    released = (Path(__file__).parents[2] / "schema.released.graphql").read_text(encoding="utf-8")

    assert breaking_changes(released, printed_schema()) == []


def test_a_change_that_breaks_a_client_is_found() -> None:
    before = "type Query { a(n: Int): Int b: Int } enum E { X Y }"
    after = "type Query { a(n: Int, m: Int!): Int } enum E { X }"

    assert len(breaking_changes(before, after)) == 3
    assert breaking_changes(after, after + " type New { c: Int }") == []


def test_every_mutation_takes_one_input_and_answers_with_what_can_be_mended() -> None:
    for name, field in root_of("mutation").fields.items():
        payload = get_named_type(field.type)
        assert is_object_type(payload), name
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["errors"].type) == "[UserError!]!", name
        assert list(field.args) in ([], ["input"]), name
