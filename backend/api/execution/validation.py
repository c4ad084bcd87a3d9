"""Checks before an operation is executed: the errors of its document, its variables, and its cost."""

from collections.abc import Iterator
from typing import Any, Protocol

from graphql import GraphQLError, OperationDefinitionNode, OperationType, StringValueNode, Visitor, visit
from strawberry.extensions import SchemaExtension

from backend.api.execution.cost import MAX_COST, MAX_EVENT_COST, BadPageSize
from backend.api.execution.documents import Document, OperationVariables
from backend.api.execution.request_errors import RequestCode, RequestRefused, coded
from backend.catalogue import Language
from backend.errors import BadInput
from backend.identity.models import User
from backend.settings import settings
from backend.texts import is_storable


class Sender(Protocol):
    """Whoever sent an operation; ``user`` is None when nobody is signed in."""

    document: Document | None
    user: User | None

    @property
    def language(self) -> Language:
        """What messages are written in."""


class PreparedDocuments(SchemaExtension):
    """Uses the cached document in place of parsing and validation, checks the cost, and adds it to ``extensions``."""

    def __init__(self) -> None:
        self._cost: int | None = None

    def on_parse(self) -> Iterator[None]:
        """Set the cached tree; a document without one ends at its errors."""
        document, _ = self._document_and_sender()
        self.execution_context.graphql_document = document.tree
        yield

    def on_validate(self) -> Iterator[None]:
        """What stands in the way of an execution."""
        document, sender = self._document_and_sender()
        context = self.execution_context
        errors = errors_for(document, sender)
        if not errors:
            try:
                variables = document.variables(context.operation_name, context.variables or {})
                # Variables that do not fit are graphql-core's to refuse.
                self._cost = permitted_cost(document, context.operation_name, variables) if variables else None
            except (BadInput, RequestRefused) as refused:
                errors = [_located_nowhere(refused, sender)]
        context.pre_execution_errors = errors
        yield

    def get_results(self) -> dict[str, Any]:
        """The ``extensions`` of the response."""
        if self._cost is None:
            return {}
        document, _ = self._document_and_sender()
        return cost_extension(self._cost, maximum_of(document.operation(self.execution_context.operation_name)))

    def _document_and_sender(self) -> tuple[Document, Sender]:
        sender: Sender = self.execution_context.context
        assert sender.document is not None
        return sender.document, sender


def maximum_of(operation: OperationDefinitionNode) -> int:
    """The limit of an operation's cost."""
    return MAX_EVENT_COST if operation.operation is OperationType.SUBSCRIPTION else MAX_COST


def cost_extension(cost: int, maximum: int) -> dict[str, Any]:
    """The cost as it stands in the response's ``extensions``."""
    return {"cost": {"requested": cost, "maximum": maximum}}


def errors_for(document: Document, sender: Sender) -> list[GraphQLError]:
    """The errors of a document; only a code where its sender may not learn of the schema from their messages."""
    if document.errors:
        if sender.user is not None or settings().is_explorable:
            return list(document.errors)
        code = (document.errors[0].extensions or {})["code"]
        return [coded(RequestCode(code), sender.language)]
    if document.is_introspection and not (settings().is_explorable and sender.user is not None):
        return [coded(RequestCode.GRAPHQL_VALIDATION_FAILED, sender.language)]
    return []


def permitted_cost(document: Document, operation_name: str | None, variables: OperationVariables) -> int:
    """The cost of an operation of a valid document with these variables.

    Raises: RequestRefused (past the limit), BadInput (a page size, or a text that PostgreSQL cannot store).
    """
    if variables.cost is None:
        if not all(map(is_storable, [*_texts_in(variables.values.coerced), *_literals(document)])):
            raise BadInput
        try:
            cost = document.cost(operation_name, variables.values.coerced)
        except BadPageSize:
            raise BadInput from None
        if cost > maximum_of(document.operation(operation_name)):
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)
        variables.cost = cost
    return variables.cost


def _located_nowhere(refused: BadInput | RequestRefused, sender: Sender) -> GraphQLError:
    code = refused.code if isinstance(refused, RequestRefused) else RequestCode.BAD_USER_INPUT
    return coded(code, sender.language)


def _literals(document: Document) -> list[str]:
    if ("\\u" not in document.text and "\0" not in document.text) or document.tree is None:
        return []
    literals = _Literals()
    visit(document.tree, literals)
    return literals.texts


class _Literals(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        self.texts.append(node.value)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)
