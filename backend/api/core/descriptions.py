"""Descriptions of enum values and arguments in the schema.

A value has that of its member: the string beneath it, in the enum's own module. An argument has one for each name,
since a name means the same wherever it stands.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import pairwise
from textwrap import dedent

from graphql import GraphQLSchema, is_enum_type, is_interface_type, is_object_type

ARGUMENTS: Mapping[str, str] = {
    "input": "What is asked for.",
    "change": "The change, of one type.",
    "id": "As an object of this API gave it.",
    "first": "How many at most: 1 to 100.",
    "after": "The cursor after which the page begins: an `endCursor` of the same list in the same order.",
    "search": "Part of an account's name or of its client's, whatever the case; null for all.",
    "filter": "Conditions that all must hold; null for none.",
    "orderBy": "How the list is sorted; null for its usual order.",
    "zone": "Which part of the section.",
    "states": "Requests in one of these states.",
    "types": "Requests of one of these types; null for all.",
    "acts": "Lines of one of these acts; null for all.",
    "kinds": "Only of these kinds; null for all.",
    "language": "Which language it is written in.",
    "account": "An account, by its id.",
    "milestone": "Which of the three reminders.",
    "terms": "How many terms at most, the newest first: 1 to 20.",
}

OTHER = "One that only a newer version of this server knows; the field `…Name` beside says which."


def describe(schema: GraphQLSchema, values: Mapping[str, Mapping[str, str]]) -> None:
    """Describe arguments and enum values that say nothing of their own.

    ``values``: by enum and name, descriptions of members that a registry makes.
    """
    for kind in schema.type_map.values():
        if is_enum_type(kind) and "strawberry-definition" in kind.extensions:
            enum: type[Enum] = kind.extensions["strawberry-definition"].wrapped_cls
            texts = {**dict(_beneath_members(enum)), "OTHER": OTHER, **values.get(kind.name, {})}
            for name, value in kind.values.items():
                value.description = value.description or texts.get(name)
        elif (is_object_type(kind) or is_interface_type(kind)) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                for name, argument in field.args.items():
                    argument.description = argument.description or ARGUMENTS.get(name)


def _beneath_members(enum: type[Enum]) -> Iterator[tuple[str, str]]:
    """The string beneath each member of an enum, which Python itself does not keep."""
    (definition,) = ast.parse(dedent(inspect.getsource(enum))).body
    assert isinstance(definition, ast.ClassDef)
    for statement, following in pairwise(definition.body):
        match statement, following:
            case ast.Assign(targets=[ast.Name(name)]), ast.Expr(ast.Constant(str(text))):
                yield name, text
