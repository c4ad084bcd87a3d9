"""Before an operation is executed: its document as it was prepared, and what no operation may ask for."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError, StringValueNode, Visitor, visit
from strawberry.extensions import SchemaExtension

from backend.graphql.context import Context
from backend.graphql.documents import Document
from backend.problems import BadInput


class Prepared(SchemaExtension):
    """Takes parsing and validation from the documents that are kept, and refuses text that cannot be stored."""

    def on_parse(self) -> Iterator[None]:
        """Raises: GraphQLError, when the document is not GraphQL."""
        document = self._document()
        if document.tree is None:
            raise document.errors[0]
        self.execution_context.graphql_document = document.tree
        yield

    def on_validate(self) -> Iterator[None]:
        """What stands in the way of an execution."""
        document = self._document()
        errors = list(document.errors) or _refusals(document, self.execution_context.variables or {})
        self.execution_context.pre_execution_errors = errors
        yield

    def _document(self) -> Document:
        context: Context = self.execution_context.context
        assert context.document is not None
        return context.document


def _refusals(document: Document, variables: dict[str, Any]) -> list[GraphQLError]:
    if all(map(_is_storable, [*_texts_in(variables), *_literals(document)])):
        return []
    return [GraphQLError("A text holds characters that cannot be stored.", original_error=BadInput())]


def _literals(document: Document) -> list[str]:
    # Only an escape can write such a character into a document.
    if "\\u" not in document.text or document.tree is None:
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


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
