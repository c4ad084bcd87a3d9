"""One execution of a plan: its context and variables, and the ``Info`` of its fields."""

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
"""The values of a level: a list where nothing is awaited, else a coroutine."""


class NotCompiled(Exception):
    """The ordinary executor must answer."""


FieldInfo = tuple[str, list[FieldNode], GraphQLOutputType, GraphQLObjectType, None, GraphQLSchema, dict[str, Any], None]
"""The first members of a ``GraphQLResolveInfo``, which are the same in each run."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan."""

    context: Context
    operation: OperationDefinitionNode
    variables: VariableValues
    field_arguments: MutableMapping[Any, dict[str, Any]]
    """Converted arguments by field, cached together with the variables that they were made of."""
    row_json: RowJson | None = None
    """Of the one list that is read by this run: see ``Info``."""

    def info(self, field_info: FieldInfo, field: StrawberryField) -> Info:
        """The ``Info`` that the field's resolver takes."""
        return Info(_raw_info=self.raw_info(field_info), _field=field, row_json=self.row_json)

    def raw_info(self, field_info: FieldInfo) -> "GraphQLResolveInfo[Any]":
        """graphql-core's info of the field, without the path and the executor's helpers."""
        return GraphQLResolveInfo(*field_info, self.operation, self.variables, self.context, None, None, None)  # type: ignore[arg-type]
