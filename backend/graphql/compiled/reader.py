"""Which operations a plan answers, and the plans that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import structlog
from graphql import DirectiveNode, DocumentNode, GraphQLSchema, OperationDefinitionNode, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.types import ExecutionResult

from backend.graphql.compiled.plans import Plan, plan
from backend.graphql.compiled.running import NotCompiled, Run
from backend.graphql.context import Context
from backend.graphql.documents import Document, is_query
from backend.graphql.loaders import Loaders
from backend.graphql.prepared import errors_for, permitted_cost, shown_cost
from backend.graphql.refusals import RequestRefused
from backend.problems import BadInput

log = structlog.get_logger()

MOST_PLANS = 16
"""For one document: whoever sends more outcomes of its ``@skip`` and ``@include`` is answered without plans."""

CONDITIONS = frozenset({"skip", "include"})


MOST_GIVEN = 32
LONGEST_GIVEN = 1_000
"""How many different variables are kept of a document, and of how many bytes of JSON."""


@dataclass(slots=True)
class Given:
    """The variables of an operation as it takes them, and what they made of the arguments of its fields."""

    values: VariableValues
    made: dict[Any, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What is known of a document: the variables that its conditions read, its plans, and what it was sent with."""

    condition_names: tuple[str, ...]
    plans: dict[tuple[str | None, tuple[Any, ...]], Plan] = field(default_factory=dict)
    given: dict[tuple[str | None, bytes], Given] = field(default_factory=dict)


class Reader:
    """Answers queries by plans; what is known of a document is forgotten with it."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: WeakKeyDictionary[Document, Known] = WeakKeyDictionary()

    async def result(
        self, document: Document, operation_name: str | None, raw: Mapping[str, Any], context: Context
    ) -> ExecutionResult | None:
        """The answer to a query that goes well; None when the ordinary executor must answer."""
        if document.tree is None or errors_for(document, context):
            return None
        operation = document.operation(operation_name)
        if not is_query(operation):
            return None
        try:
            cost = permitted_cost(document, operation_name, raw)
        except (BadInput, RequestRefused):
            return None
        known = self._known_of(document)
        given = self._given(known, operation_name, operation, raw)
        if given is None:
            return None
        try:
            run_plan = self._plan(known, document.tree, operation_name, operation, given.values)
            (data,) = await run_plan([None], Run(context, operation, given.values, given.made))
        except Exception as error:  # whatever it is, the ordinary executor says it as it should be said
            context.loaders = Loaders(context.user)
            log.debug("a query is run again", error=repr(error))
            return None
        return ExecutionResult(data=data, errors=None, extensions=shown_cost(cost))

    def _known_of(self, document: Document) -> Known:
        known = self._known.get(document)
        if known is None:
            assert document.tree is not None
            known = self._known[document] = Known(_condition_names(document.tree))
        return known

    def _given(
        self, known: Known, operation_name: str | None, operation: OperationDefinitionNode, raw: Mapping[str, Any]
    ) -> Given | None:
        """The variables, made ready once for all who send the same; None when they do not fit."""
        try:
            text = orjson.dumps(raw)
        except TypeError:  # a number or half a character that only Python's own JSON takes
            return None
        key = operation_name, text
        if key in known.given:
            return known.given[key]
        values = get_variable_values(self._schema, operation.variable_definitions or (), dict(raw))
        if isinstance(values, list):
            return None
        given = Given(values)
        if len(text) <= LONGEST_GIVEN:
            if len(known.given) >= MOST_GIVEN:
                known.given.clear()
            known.given[key] = given
        return given

    def _plan(
        self,
        known: Known,
        tree: DocumentNode,
        operation_name: str | None,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> Plan:
        key = operation_name, tuple(variables.coerced.get(name) for name in known.condition_names)
        if key not in known.plans:
            if len(known.plans) >= MOST_PLANS:
                raise NotCompiled("too many plans of one document")
            known.plans[key] = plan(self._schema, tree, operation, variables)
        return known.plans[key]


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
