"""Every table that must know each type of request does; what is missing is named."""

import json
import re
from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema, get_named_type

from backend.api.requests.registry import OBJECT_TYPES
from backend.api.schema import printed_matrix, printed_schema
from backend.catalogue import Language
from backend.mail.wording import Wording
from backend.requests.actions import Action
from backend.requests.change import RequestType
from backend.requests.types import ACCOUNT_CHANGES, CHANGES

ROOT = Path(__file__).parents[2]

PAGE = ROOT / "frontend" / "src"

SCHEMA = build_schema(printed_schema())

TYPES = RequestType.known()


def fields_of(name: str) -> set[str]:
    """The fields of a type of the schema."""
    found = SCHEMA.type_map[name]
    assert isinstance(found, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType)
    return set(found.fields)


def input_of(type_: RequestType) -> str:
    """How previews, and the page, name what a request of the type asks for."""
    first, *others = type_.value.lower().split("_")
    return first + "".join(other.capitalize() for other in others)


def on_an_account(type_: RequestType) -> bool:
    """Whether it changes an account that there is."""
    return CHANGES[type_] in ACCOUNT_CHANGES


@pytest.mark.parametrize("type_", TYPES)
def test_the_domain_knows_it(type_: RequestType) -> None:
    assert CHANGES[type_].type is type_
    if on_an_account(type_):
        assert f"REQUEST_{type_}" in Action.__members__


@pytest.mark.parametrize("type_", TYPES)
def test_the_api_has_its_object_its_input_and_its_mutation(type_: RequestType) -> None:
    shown = OBJECT_TYPES[type_].__name__
    interface = SCHEMA.type_map["ChangeRequest"]
    assert isinstance(interface, GraphQLInterfaceType)

    assert shown in {possible.name for possible in SCHEMA.get_possible_types(interface)}
    assert input_of(type_) in fields_of("ChangeInput")
    mutations = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}
    (mutation,) = [
        name
        for name, field in mutations.items()
        if name.startswith("request")
        and isinstance(answer := get_named_type(field.type), GraphQLObjectType)
        and get_named_type(answer.fields["request"].type if "request" in answer.fields else field.type).name == shown
    ]
    assert f"Mutation.{mutation}," in printed_matrix()
    assert any(line.startswith(f"{shown}.") for line in printed_matrix().splitlines())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("type_", TYPES)
def test_mails_have_words_for_it(type_: RequestType, language: Language) -> None:
    assert f"type.{type_}" in Wording(language).keys


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("type_", TYPES)
def test_the_page_has_words_for_it(type_: RequestType, language: Language) -> None:
    words = json.loads((PAGE / "i18n" / f"{language}.json").read_text(encoding="utf-8"))

    assert words.get(f"type.{type_}")


@pytest.mark.parametrize("type_", TYPES)
def test_the_page_files_it_and_lists_it(type_: RequestType) -> None:
    types = PAGE / "requests" / "types"
    registry = (types / "index.ts").read_text(encoding="utf-8")
    operations = (PAGE / "api" / "operations.ts").read_text(encoding="utf-8")

    entries = dict(
        re.findall(r"^  ([A-Z_]+): (\{.*?\}),$(?=\n  [A-Z]|\n\} as const)", registry, re.MULTILINE | re.DOTALL)
    )
    entry = entries.get(type_.value, "")
    assert f'typename: "{OBJECT_TYPES[type_].__name__}"' in entry, "no entry of the registry"
    assert (types / f"{input_of(type_)}.tsx").exists(), "no form"
    assert re.search(rf"^  {input_of(type_)}: graphql\(", operations, re.MULTILINE), "nothing files it"
    if on_an_account(type_):
        assert f'"REQUEST_{type_}"' in entry, "no entry of the menu"
        assert f'"./{input_of(type_)}.tsx"' in (types / "forms.ts").read_text(encoding="utf-8"), "no form of a dialog"


@pytest.mark.parametrize("type_", TYPES)
def test_the_domain_page_describes_it(type_: RequestType) -> None:
    assert f"`{type_}`" in (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
