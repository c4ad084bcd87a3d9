"""Before an operation is executed: its document as it was prepared, and what its sender may ask for."""

from collections.abc import Iterator
from typing import Any, Protocol

from graphql import GraphQLError, OperationDefinitionNode, OperationType, StringValueNode, Visitor, visit
from strawberry.extensions import SchemaExtension

from backend.api.execution.cost import MAX_COST, MAX_EVENT_COST, BadPageSize
from backend.api.execution.documents import Document, Given
from backend.api.execution.request_errors import RequestCode, RequestRefused, coded
from backend.catalogue import Language
from backend.errors import BadInput
from backend.identity.models import User
from backend.settings import settings
from backend.texts import is_storable


class Asker(Protocol):
    """Who asks for an operation; ``user`` is None for nobody who is signed in."""

    document: Document | None
    user: User | None

    @property
    def language(self) -> Language:
        """What messages are written in."""


class PreparedDocuments(SchemaExtension):
    """Takes parsing and validation from the documents that are kept, checks what is asked for, and shows its cost."""

    def __init__(self) -> None:
        self._cost: int | None = None

    def on_parse(self) -> Iterator[None]:
        """The document's tree: what has none comes no further than its errors."""
        document, _ = self._document_and_asker()
        self.execution_context.graphql_document = document.tree
        yield

    def on_validate(self) -> Iterator[None]:
        """What stands in the way of an execution."""
        document, asker = self._document_and_asker()
        context = self.execution_context
        errors = errors_for(document, asker)
        if not errors:
            try:
                given = document.given(context.operation_name, context.variables or {})
                # Variables that do not fit are graphql-core's to refuse.
                self._cost = permitted_cost(document, context.operation_name, given) if given else None
            except (BadInput, RequestRefused) as refused:
                errors = [_located_nowhere(refused, asker)]
        context.pre_execution_errors = errors
        yield

    def get_results(self) -> dict[str, Any]:
        """What the answer says beside its data."""
        if self._cost is None:
            return {}
        document, _ = self._document_and_asker()
        return shown_cost(self._cost, maximum_of(document.operation(self.execution_context.operation_name)))

    def _document_and_asker(self) -> tuple[Document, Asker]:
        asker: Asker = self.execution_context.context
        assert asker.document is not None
        return asker.document, asker


def maximum_of(operation: OperationDefinitionNode) -> int:
    """What an operation may cost."""
    return MAX_EVENT_COST if operation.operation is OperationType.SUBSCRIPTION else MAX_COST


def shown_cost(cost: int, maximum: int) -> dict[str, Any]:
    """A cost beside the answer's data."""
    return {"cost": {"requested": cost, "maximum": maximum}}


def errors_for(document: Document, asker: Asker) -> list[GraphQLError]:
    """The errors of a document as its sender may read them: what they say tells the schema to whoever guesses at it."""
    if document.errors:
        if asker.user is not None or settings().is_explorable:
            return list(document.errors)
        code = (document.errors[0].extensions or {})["code"]
        return [coded(RequestCode(code), asker.language)]
    if document.introspects and not (settings().is_explorable and asker.user is not None):
        return [coded(RequestCode.GRAPHQL_VALIDATION_FAILED, asker.language)]
    return []


def permitted_cost(document: Document, operation_name: str | None, given: Given) -> int:
    """What an operation of a valid document costs with these variables. Raises: RequestRefused, BadInput."""
    if given.cost is None:
        if not all(map(is_storable, [*_texts_in(given.values.coerced), *_literals(document)])):
            raise BadInput
        try:
            cost = document.cost(operation_name, given.values.coerced)
        except BadPageSize:
            raise BadInput from None
        if cost > maximum_of(document.operation(operation_name)):
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)
        given.cost = cost
    return given.cost


def _located_nowhere(refused: BadInput | RequestRefused, asker: Asker) -> GraphQLError:
    code = refused.code if isinstance(refused, RequestRefused) else RequestCode.BAD_USER_INPUT
    return coded(code, asker.language)


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
