"""Documents: parsed, validated and measured once, then kept; the trusted ones for as long as the server runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from backend.graphql.receiving import Asked
from backend.graphql.refusals import RequestCode, RequestRefused
from backend.graphql.trusted import hash_of

MAX_CHARACTERS = 15_000
MAX_TOKENS = 1_000
MAX_ERRORS = 10

KEPT = 100
"""Documents that are not trusted, of which the last ones are kept: each may take a megabyte."""

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

SUGGESTION = re.compile(r" Did you mean\b.*\?$", re.DOTALL)
"""What graphql-core adds to a name that it does not know: it would tell the schema to whoever guesses."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A text and what it was found to be: ``errors`` when it cannot be executed, else its tree."""

    text: str
    is_trusted: bool
    tree: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute. Raises: RequestRefused, when the name does not say which."""
        assert self.tree is not None
        operations = [node for node in self.tree.definitions if isinstance(node, OperationDefinitionNode)]
        named = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if len(named) != 1:
            raise RequestRefused(RequestCode.UNKNOWN_OPERATION)
        return named[0]


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: GraphQLSchema, trusted: Mapping[str, str], *, trusted_only: bool) -> None:
        self._schema = schema
        self._texts = trusted
        self._trusted_only = trusted_only
        self._trusted: dict[str, Document] = {}
        self._free = lru_cache(maxsize=KEPT)(self._made)

    def of(self, asked: Asked) -> Document:
        """The document that was sent or named. Raises: RequestRefused."""
        if asked.text is None:
            assert asked.hash is not None
            return self._named(asked.hash)
        digest = hash_of(asked.text)
        if asked.hash not in (None, digest):
            raise RequestRefused(RequestCode.PERSISTED_QUERY_MISMATCH)
        if digest in self._texts:
            return self._named(digest)
        if self._trusted_only:
            raise RequestRefused(RequestCode.TRUSTED_DOCUMENTS_ONLY)
        if len(asked.text) > MAX_CHARACTERS:
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)
        return self._free(asked.text)

    def _named(self, digest: str) -> Document:
        if digest not in self._texts:
            raise RequestRefused(RequestCode.PERSISTED_QUERY_NOT_FOUND)
        if digest not in self._trusted:
            self._trusted[digest] = replace(self._made(self._texts[digest], max_tokens=None), is_trusted=True)
        return self._trusted[digest]

    def _made(self, text: str, max_tokens: int | None = MAX_TOKENS) -> Document:
        try:
            tree = parse(text, max_lexical_tokens=max_tokens)
            errors = validate(self._schema, tree, RULES, max_errors=MAX_ERRORS - 1)
        except GraphQLSyntaxError as error:
            code = RequestCode.QUERY_TOO_COMPLEX if _has_too_many_tokens(error) else RequestCode.GRAPHQL_PARSE_FAILED
            return Document(text, False, None, (_with_code(error, code),))
        except RecursionError:
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX) from None
        by_message = {error.message: error for error in reversed(errors)}
        told = [_with_code(error, RequestCode.GRAPHQL_VALIDATION_FAILED) for error in reversed(by_message.values())]
        return Document(text, False, tree, tuple(told))


def is_query(operation: OperationDefinitionNode) -> bool:
    """Whether an operation reads only, and once."""
    return operation.operation is OperationType.QUERY


def without_suggestion(message: str) -> str:
    """A message of graphql-core without the names that it suggests."""
    return SUGGESTION.sub("", message)


def _has_too_many_tokens(error: GraphQLSyntaxError) -> bool:
    return f"more than {MAX_TOKENS} tokens" in error.message


def _with_code(error: GraphQLError, code: RequestCode) -> GraphQLError:
    return GraphQLError(
        without_suggestion(error.message),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        extensions={"code": code.value},
    )
