"""The compiled executor: which operations it takes, and its cache of plans."""

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from graphql import DirectiveNode, DocumentNode, GraphQLSchema, OperationDefinitionNode, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues
from strawberry.types import ExecutionResult

from backend.api.compiled.plans import Plan, plan
from backend.api.compiled.run import Run
from backend.api.core.context import Context
from backend.api.core.dataloaders import Loaders
from backend.api.execution.cost import MAX_COST
from backend.api.execution.documents import Document, OperationVariables, is_query
from backend.api.execution.request_errors import RequestRefused
from backend.api.execution.validation import cost_extension, errors_for, permitted_cost
from backend.errors import BadInput
from backend.storage.statement_budget import TooManyStatements
from backend.storage.transient_errors import is_transient_error

log = structlog.get_logger()

MAX_CACHED_PLANS = 16
"""Plans of one document, one for each outcome of its ``@skip`` and ``@include``; the least recently used is dropped."""

CONDITIONS = frozenset({"skip", "include"})


class RunFailed(Exception):
    """A plan failed while it ran: the ordinary executor must answer from the start. ``cost`` is of the operation."""

    def __init__(self, cost: int, *, is_transient_error: bool) -> None:
        self.cost = cost
        self.is_transient_error = is_transient_error
        super().__init__(cost)


@dataclass(slots=True)
class DocumentPlans:
    """The plans of a document, and the variables that its ``@skip`` and ``@include`` read."""

    condition_names: tuple[str, ...]
    plans: dict[tuple[str | None, tuple[Any, ...]], Plan] = field(default_factory=dict)
    """By operation name and values of the conditions' variables; the most recently used last."""


class Reader:
    """Answers queries by plans, which are dropped together with their document."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._plans_by_document: WeakKeyDictionary[Document, DocumentPlans] = WeakKeyDictionary()

    async def result(
        self, document: Document, operation_name: str | None, variables: OperationVariables | None, context: Context
    ) -> ExecutionResult | None:
        """The result of a query without errors; None when the ordinary executor must answer.

        Raises: RunFailed (the ordinary executor must answer, after part of the work was done), TooManyStatements.
        """
        if document.tree is None or variables is None or errors_for(document, context):
            return None
        operation = document.operation(operation_name)
        if not is_query(operation):
            return None
        try:
            cost = permitted_cost(document, operation_name, variables)
        except (BadInput, RequestRefused):
            return None
        plans_of_document = self._plans_of(document)
        try:
            run_plan = self._plan(plans_of_document, document.tree, operation_name, operation, variables.values)
            (data,) = await run_plan([None], Run(context, operation, variables.values, variables.field_arguments))
        except TooManyStatements:
            raise
        except Exception as error:  # the ordinary executor reports it by the rules of GraphQL
            context.loaders = Loaders(context.user)
            log.debug("a query is run again", error=repr(error))
            raise RunFailed(cost, is_transient_error=is_transient_error(error)) from error
        return ExecutionResult(data=data, errors=None, extensions=cost_extension(cost, MAX_COST))

    def _plans_of(self, document: Document) -> DocumentPlans:
        plans_of_document = self._plans_by_document.get(document)
        if plans_of_document is None:
            assert document.tree is not None
            plans_of_document = self._plans_by_document[document] = DocumentPlans(_condition_names(document.tree))
        return plans_of_document

    def _plan(
        self,
        plans_of_document: DocumentPlans,
        tree: DocumentNode,
        operation_name: str | None,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> Plan:
        key = operation_name, tuple(variables.coerced.get(name) for name in plans_of_document.condition_names)
        cached = plans_of_document.plans.pop(key, None) or plan(self._schema, tree, operation, variables)
        plans_of_document.plans[key] = cached
        if len(plans_of_document.plans) > MAX_CACHED_PLANS:
            del plans_of_document.plans[next(iter(plans_of_document.plans))]
        return cached


def _condition_names(document: DocumentNode) -> tuple[str, ...]:
    conditions = _Conditions()
    visit(document, conditions)
    return tuple(sorted(conditions.names))


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in CONDITIONS:
            values = [argument.value for argument in node.arguments or ()]
            self.names |= {value.name.value for value in values if isinstance(value, VariableNode)}
