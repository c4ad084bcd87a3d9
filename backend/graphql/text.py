"""Text as the API takes it: what no database and no mail can hold is refused before anything sees it."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError, StringValueNode, Visitor, visit
from strawberry.extensions import SchemaExtension

from backend.problems import BadInput


class StorableText(SchemaExtension):
    """Refuses operations with a NUL or half of a surrogate pair in a text, in the document or in its variables."""

    def on_validate(self) -> Iterator[None]:
        """Look after the cached validation, which must stand before this among the extensions."""
        context = self.execution_context
        texts = [*_texts_in(context.variables)]
        if context.graphql_document is not None and "\\u" in (context.query or ""):
            literals = _Literals()
            visit(context.graphql_document, literals)
            texts += literals.texts
        if not context.pre_execution_errors and not all(map(_is_storable, texts)):
            refusal = GraphQLError("A text holds characters that cannot be stored.", original_error=BadInput())
            context.pre_execution_errors = [refusal]
        yield


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
