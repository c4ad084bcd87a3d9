"""What one run of a plan knows: who asks, with which variables, and what a resolver is told of its field."""

from collections.abc import Coroutine, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from strawberry.types.field import StrawberryField

from backend.api.core.context import Context, Info
from backend.storage.keyset import RowJson

Values = Sequence[Any] | Coroutine[Any, Any, Sequence[Any]]
"""What a step makes of a level: at once where nothing is waited for, else by a coroutine."""


class NotCompiled(Exception):
    """The ordinary executor must answer."""


Told = tuple[str, list[FieldNode], GraphQLOutputType, GraphQLObjectType, None, GraphQLSchema, dict[str, Any], None]
"""The beginning of a ``GraphQLResolveInfo``: what a resolver may know of its field before there is a run."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan."""

    context: Context
    operation: OperationDefinitionNode
    variables: VariableValues
    made: MutableMapping[Any, dict[str, Any]]
    """What the variables made of the arguments of fields: kept with them, for whoever sends the same."""
    row_json: RowJson | None = None
    """For the one field that is read by this run: see ``Info``."""

    def info(self, told: Told, field: StrawberryField) -> Info:
        """What the field's resolver is told."""
        return Info(_raw_info=self.raw_info(told), _field=field, row_json=self.row_json)

    def raw_info(self, told: Told) -> "GraphQLResolveInfo[Any]":
        """What graphql-core would tell the field's resolver, but for the path and its own helpers."""
        return GraphQLResolveInfo(*told, self.operation, self.variables, self.context, None, None, None)  # type: ignore[arg-type]
