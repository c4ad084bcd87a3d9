"""The authorization matrix: every field of the schema, its declared rule, and the roles that may read or call it."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from backend.api.core.authorization import Audience, Guard, audience_of
from backend.identity.roles import Role

ANONYMOUS = "ANONYMOUS"

Callers = frozenset[str]


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A field of a type, and what is declared for it: a guard of its own, else its type's reach."""

    type_name: str
    name: str
    answers_with: str
    is_root: bool
    guard: Guard | None
    reach: Audience | None

    def __str__(self) -> str:
        return f"{self.type_name}.{self.name}"

    @property
    def is_declared(self) -> bool:
        """Whether anything is; a root field has no type that could speak for it."""
        return self.guard is not None or (self.reach is not None and not self.is_root)

    @property
    def rule(self) -> str:
        """What is declared, in a word or two."""
        words = [self.guard.name] if self.guard else []
        return " ".join(words if self.is_root or not self.reach else [self.reach.value, *words])


def coordinates(schema: GraphQLSchema) -> list[Coordinate]:
    """Every field of the schema, by its type and name."""
    roots = {root.name for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root}
    return sorted(
        (
            Coordinate(
                kind.name,
                name,
                get_named_type(field.type).name,
                kind.name in roots,
                _guard_of(field),
                audience_of(_class_of(kind)),
            )
            for kind in _own_types(schema)
            for name, field in kind.fields.items()
        ),
        key=str,
    )


def undeclared(schema: GraphQLSchema) -> list[str]:
    """The fields for which nothing is declared."""
    return [str(field) for field in coordinates(schema) if not field.is_declared]


def callers(fields: list[Coordinate]) -> Mapping[str, Callers]:
    """For each coordinate the roles, and ANONYMOUS, that may read or call it.

    What is part of an answer is for whoever may ask for that answer: followed until nothing is added.
    """
    of_types: Mapping[str, Callers] = {}
    while True:
        found = {str(field): _may(field, of_types.get(field.type_name, Callers())) for field in fields}
        grown: dict[str, Callers] = defaultdict(Callers)
        for field in fields:
            grown[field.answers_with] |= found[str(field)]
        if grown == of_types:
            return found
        of_types = grown


def printed_matrix(schema: GraphQLSchema) -> str:
    """The matrix as ``docs/authorization.csv`` holds it."""
    fields = coordinates(schema)
    allowed = callers(fields)
    columns = [ANONYMOUS, *(role.value for role in Role.known())]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["field", "rule", *columns])
    for field in fields:
        cells = ("yes" if column in allowed[str(field)] else "no" for column in columns)
        table.writerow([field, field.rule, *cells])
    return text.getvalue()


def _may(field: Coordinate, of_type: Callers) -> Callers:
    from_guard = _of(field.guard.roles(), field.guard.anonymous) if field.guard else None
    if field.is_root:
        return from_guard or Callers()
    from_type = of_type if field.reach in {Audience.PARENT, None} else _of_reach(field.reach)
    return from_type if from_guard is None else from_type & from_guard


def _of_reach(reach: Audience | None) -> Callers:
    assert reach is not None
    return _of(reach.roles(), anonymous=reach is Audience.PUBLIC)


def _of(roles: frozenset[Role], anonymous: bool) -> Callers:
    return frozenset(role.value for role in roles) | ({ANONYMOUS} if anonymous else frozenset())


def _own_types(schema: GraphQLSchema) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) and not name.startswith("__"):
            yield kind


def _class_of(kind: GraphQLObjectType | GraphQLInterfaceType) -> type:
    made_from: StrawberryObjectDefinition = kind.extensions["strawberry-definition"]
    return (made_from.concrete_of or made_from).origin


def _guard_of(field: GraphQLField) -> Guard | None:
    made_from: StrawberryField = field.extensions["strawberry-definition"]
    return next((extension for extension in made_from.extensions if isinstance(extension, Guard)), None)
