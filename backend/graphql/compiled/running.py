"""What one run of a plan knows: who asks, with which variables, and what a resolver is told of its field."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLResolveInfo, OperationDefinitionNode
from graphql.execution.values import VariableValues

from backend.graphql.context import Context


class NotCompiled(Exception):
    """The ordinary executor must answer."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan."""

    context: Context
    operation: OperationDefinitionNode
    variables: VariableValues

    def raw_info(self, told: "GraphQLResolveInfo[Any]") -> "GraphQLResolveInfo[Any]":
        """What graphql-core would tell the field's resolver, but for the path."""
        return told._replace(context=self.context, variable_values=self.variables)
