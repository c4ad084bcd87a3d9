"""Which operations a plan answers, and the plans that are kept."""

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
from backend.api.execution.documents import Document, Given, is_query
from backend.api.execution.request_errors import RequestRefused
from backend.api.execution.validation import errors_for, permitted_cost, shown_cost
from backend.errors import BadInput
from backend.storage.statement_budget import TooManyStatements
from backend.storage.transient_errors import is_transient_error

log = structlog.get_logger()

KEPT_PLANS = 16
"""Of a document: outcomes of its ``@skip`` and ``@include`` whose plans are kept, those that were used last."""

CONDITIONS = frozenset({"skip", "include"})


class GivenUp(Exception):
    """A run was begun and cannot be ended: the ordinary executor must answer from the start."""

    def __init__(self, cost: int, *, is_transient_error: bool) -> None:
        self.cost = cost
        self.is_transient_error = is_transient_error
        super().__init__(cost)


@dataclass(slots=True)
class Known:
    """What is known of a document: the variables that its conditions read, and its plans."""

    condition_names: tuple[str, ...]
    plans: dict[tuple[str | None, tuple[Any, ...]], Plan] = field(default_factory=dict)
    """The latest used at the end."""


class Reader:
    """Answers queries by plans; what is known of a document is forgotten with it."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: WeakKeyDictionary[Document, Known] = WeakKeyDictionary()

    async def result(
        self, document: Document, operation_name: str | None, given: Given | None, context: Context
    ) -> ExecutionResult | None:
        """The answer to a query that goes well; None when the ordinary executor must answer.

        Raises: GivenUp (it must, after part of the work was done), TooManyStatements.
        """
        if document.tree is None or given is None or errors_for(document, context):
            return None
        operation = document.operation(operation_name)
        if not is_query(operation):
            return None
        try:
            cost = permitted_cost(document, operation_name, given)
        except (BadInput, RequestRefused):
            return None
        known = self._known_of(document)
        try:
            run_plan = self._plan(known, document.tree, operation_name, operation, given.values)
            (data,) = await run_plan([None], Run(context, operation, given.values, given.made))
        except TooManyStatements:
            raise
        except Exception as error:  # whatever it is, the ordinary executor says it as it should be said
            context.loaders = Loaders(context.user)
            log.debug("a query is run again", error=repr(error))
            raise GivenUp(cost, is_transient_error=is_transient_error(error)) from error
        return ExecutionResult(data=data, errors=None, extensions=shown_cost(cost, MAX_COST))

    def _known_of(self, document: Document) -> Known:
        known = self._known.get(document)
        if known is None:
            assert document.tree is not None
            known = self._known[document] = Known(_condition_names(document.tree))
        return known

    def _plan(
        self,
        known: Known,
        tree: DocumentNode,
        operation_name: str | None,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> Plan:
        key = operation_name, tuple(variables.coerced.get(name) for name in known.condition_names)
        kept = known.plans.pop(key, None) or plan(self._schema, tree, operation, variables)
        known.plans[key] = kept
        if len(known.plans) > KEPT_PLANS:
            del known.plans[next(iter(known.plans))]
        return kept


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
