"""Documents: parsed, validated and measured once, then cached; the trusted ones for as long as the server runs."""

import asyncio
import re
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from backend.api.execution.cost import cost, size_variables
from backend.api.execution.document_limits import Cyclic, TooComplex, check_shape, has_field
from backend.api.execution.fair_queue import FairQueue
from backend.api.execution.graphql_request import GraphQLRequest
from backend.api.execution.request_errors import RequestCode, RequestRefused
from backend.api.execution.trusted_documents import hash_of

MAX_CHARACTERS = 15_000
MAX_TOKENS = 1_000
MAX_ERRORS = 10
"""Errors in one answer."""

MAX_CACHED_DOCUMENTS = 100
"""Documents that are not trusted; past it the least recently used is dropped."""

MAX_CACHED_CHARACTERS = 100_000
"""Characters of all of them together. A character of a document takes up to 300 bytes of memory."""

MAX_CACHED_COSTS = 200
"""Costs of one document, by operation and sizes of pages."""

MAX_CACHED_VARIABLES = 32
"""Different variables of one document; past it the least recently used are dropped."""

MAX_CACHED_VARIABLES_BYTES = 1_000
"""Bytes of JSON: larger variables are not cached."""

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

SUGGESTION = re.compile(r" Did you mean\b[^?]*\?")
"""What graphql-core adds to an unknown name: it would disclose the schema to whoever guesses names."""


@dataclass(slots=True)
class OperationVariables:
    """An operation's coerced variables, with what is computed from them: arguments of its fields, and its cost."""

    values: VariableValues
    field_arguments: MutableMapping[Any, dict[str, Any]] = field(default_factory=WeakKeyDictionary)
    """By ``FieldCall`` of a plan; dropped together with the plan."""
    cost: int | None = None
    """Of the operation with these variables; None until it was found to be within the limit."""


class Document:
    """A parsed text: its tree, None where it does not parse, and the errors of its validation.

    It is in no reference cycle, so its memory is freed as soon as it is dropped.
    """

    def __init__(
        self, schema: GraphQLSchema, text: str, tree: DocumentNode | None, errors: tuple[GraphQLError, ...] = ()
    ) -> None:
        self.text = text
        self.tree = tree
        self.errors = errors
        self._schema = schema
        self._size_variables = sorted(size_variables(tree)) if tree else []
        self._cost = lru_cache(maxsize=MAX_CACHED_COSTS)(partial(_cost_of, schema, tree))
        self._variables: dict[tuple[str | None, bytes], OperationVariables] = {}
        """By operation name and JSON; the most recently used last."""

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute. Raises: RequestRefused, when the name does not say which."""
        return _operation(self.tree, name)

    def variables(self, operation_name: str | None, raw: Mapping[str, Any]) -> OperationVariables | None:
        """Variables coerced to the operation's types, cached for whoever sends the same.

        None when they do not fit their types: graphql-core reports that. Raises: RequestRefused.
        """
        try:
            key = operation_name, orjson.dumps(raw)
        except TypeError:  # a number or half a character that only Python's own JSON takes
            return self._coerced(operation_name, raw)
        cached = self._variables.pop(key, None) or self._coerced(operation_name, raw)
        if cached is not None and len(key[1]) <= MAX_CACHED_VARIABLES_BYTES:
            self._variables[key] = cached
            if len(self._variables) > MAX_CACHED_VARIABLES:
                del self._variables[next(iter(self._variables))]
        return cached

    def cost(self, operation_name: str | None, variables: Mapping[str, Any]) -> int:
        """The cost of an operation of a valid document with coerced variables; computed once for the same page sizes.

        Raises: BadPageSize.
        """
        sizes = tuple((name, variables[name]) for name in self._size_variables if name in variables)
        return self._cost(operation_name, sizes)

    def _coerced(self, operation_name: str | None, raw: Mapping[str, Any]) -> OperationVariables | None:
        definitions = self.operation(operation_name).variable_definitions or ()
        values = get_variable_values(self._schema, definitions, dict(raw))
        return None if isinstance(values, list) else OperationVariables(values)

    @cached_property
    def is_introspection(self) -> bool:
        """Whether it selects ``__schema`` or ``__type``."""
        return self.tree is not None and has_field(self.tree, {"__schema", "__type"})


class Documents:
    """The documents of one schema: trusted ones by hash, others by text."""

    def __init__(self, schema: GraphQLSchema, trusted: Mapping[str, str], *, trusted_only: bool) -> None:
        self._schema = schema
        self._texts = trusted
        self._trusted_only = trusted_only
        self._trusted: dict[str, Document] = {}
        self._untrusted: dict[str, Document | None] = {}
        """By text, the most recently used last; None: it is too complex."""
        self._parsing: dict[str, asyncio.Task[Document | None]] = {}
        self._queue = FairQueue()

    def cached(self, graphql_request: GraphQLRequest) -> Document | None:
        """The document of a request, by text or hash; None when its text must be read first. Raises: RequestRefused."""
        if graphql_request.text is None:
            assert graphql_request.hash is not None
            return self._trusted_document(graphql_request.hash)
        digest = hash_of(graphql_request.text)
        if graphql_request.hash not in (None, digest):
            raise RequestRefused(RequestCode.PERSISTED_QUERY_MISMATCH)
        if digest in self._texts:
            return self._trusted_document(digest)
        if self._trusted_only:
            raise RequestRefused(RequestCode.TRUSTED_DOCUMENTS_ONLY)
        if len(graphql_request.text) > MAX_CHARACTERS:
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)
        if graphql_request.text not in self._untrusted:
            return None
        document = self._untrusted[graphql_request.text] = self._untrusted.pop(graphql_request.text)
        return _not_too_complex(document)

    async def read(self, text: str, client: str) -> Document:
        """Parse and validate a text that is not cached, in the fair queue of its client.

        It runs in a thread, so that requests with cached documents do not wait for it. Raises: RequestRefused,
        TooManyAttempts.
        """
        if text not in self._parsing:
            task = asyncio.create_task(self._queue.run(partial(self._parse, text), client))
            self._parsing[text] = task
            task.add_done_callback(partial(self._cache, text))
        return _not_too_complex(await asyncio.shield(self._parsing[text]))

    def _cache(self, text: str, task: asyncio.Task[Document | None]) -> None:
        del self._parsing[text]
        if task.cancelled() or task.exception() is not None:
            return
        self._untrusted[text] = task.result()
        while len(self._untrusted) > MAX_CACHED_DOCUMENTS or sum(map(len, self._untrusted)) > MAX_CACHED_CHARACTERS:
            del self._untrusted[next(iter(self._untrusted))]

    def _trusted_document(self, digest: str) -> Document:
        if digest not in self._texts:
            raise RequestRefused(RequestCode.PERSISTED_QUERY_NOT_FOUND)
        if digest not in self._trusted:
            text = self._texts[digest]
            tree = parse(text)
            self._trusted[digest] = Document(self._schema, text, tree, self._errors(tree, RULES))
        return self._trusted[digest]

    def _parse(self, text: str) -> Document | None:
        """The document of a text; None when it is past the limits of ``document_limits`` or MAX_TOKENS."""
        try:
            tree = _without_token_links(parse(text, max_lexical_tokens=MAX_TOKENS))
            check_shape(tree)
            return Document(self._schema, text, tree, self._errors(tree, RULES))
        except Cyclic:
            return Document(self._schema, text, tree, self._errors(tree, [NoFragmentCyclesRule]))
        except GraphQLSyntaxError as error:
            if f"more than {MAX_TOKENS} tokens" in error.message:
                return None
            return Document(self._schema, text, None, (_with_code(error, RequestCode.GRAPHQL_PARSE_FAILED),))
        except (TooComplex, RecursionError):
            return None

    def _errors(self, tree: DocumentNode, rules: Collection[type[ASTValidationRule]]) -> tuple[GraphQLError, ...]:
        errors = validate(self._schema, tree, rules, max_errors=MAX_ERRORS)
        # The one without a place says that there are more.
        by_message = {error.message: error for error in reversed(errors) if error.nodes}
        return tuple(
            _with_code(error, RequestCode.GRAPHQL_VALIDATION_FAILED) for error in reversed(by_message.values())
        )


def _not_too_complex(document: Document | None) -> Document:
    if document is None:
        raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)
    return document


def _without_token_links(tree: DocumentNode) -> DocumentNode:
    """A tree whose tokens are not linked to their neighbours: no reference cycle is left."""
    token = tree.loc.start_token if tree.loc else None
    while token:
        following, token.prev, token.next = token.next, None, None
        token = following
    return tree


def _operation(tree: DocumentNode | None, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in tree.definitions if isinstance(node, OperationDefinitionNode)] if tree else []
    named = [node for node in operations if name is None or (node.name and node.name.value == name)]
    if len(named) != 1:
        raise RequestRefused(RequestCode.UNKNOWN_OPERATION)
    return named[0]


def _cost_of(
    schema: GraphQLSchema,
    tree: DocumentNode | None,
    operation_name: str | None,
    sizes: tuple[tuple[str, Any], ...],
) -> int:
    assert tree is not None
    return cost(schema, tree, _operation(tree, operation_name), dict(sizes))


def is_query(operation: OperationDefinitionNode) -> bool:
    """Whether an operation is a query."""
    return operation.operation is OperationType.QUERY


def without_suggestion(message: str) -> str:
    """A message of graphql-core without its suggestions of names."""
    return SUGGESTION.sub("", message)


def _with_code(error: GraphQLError, code: RequestCode) -> GraphQLError:
    return GraphQLError(
        without_suggestion(error.message),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        extensions={"code": code.value},
    )
