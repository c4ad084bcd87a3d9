"""Documents: parsed, validated and measured once, then kept; the trusted ones for as long as the server runs."""

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
from backend.api.execution.document_limits import Cyclic, TooComplex, asks_for, check_shape
from backend.api.execution.fair_queue import FairQueue
from backend.api.execution.graphql_request import GraphQLRequest
from backend.api.execution.request_errors import RequestCode, RequestRefused
from backend.api.execution.trusted_documents import hash_of

MAX_CHARACTERS = 15_000
MAX_TOKENS = 1_000
MAX_ERRORS = 10
"""Errors in one answer."""

KEPT = 100
"""Documents that are not trusted, of which the last ones are kept."""

KEPT_CHARACTERS = 100_000
"""Of all of them: each may take 300 bytes."""

KEPT_COSTS = 200

KEPT_GIVEN = 32
"""Of a document: different variables that are kept, those that were used last."""

MAX_GIVEN_BYTES = 1_000
"""Of variables that are kept, as JSON."""

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

SUGGESTION = re.compile(r" Did you mean\b[^?]*\?")
"""What graphql-core adds to a name that it does not know: it would tell the schema to whoever guesses."""


@dataclass(slots=True)
class Given:
    """The variables of an operation as it takes them, and what they made of the arguments of its fields."""

    values: VariableValues
    made: MutableMapping[Any, dict[str, Any]] = field(default_factory=WeakKeyDictionary)
    """By the field where a plan asks for it; forgotten with the plan."""
    cost: int | None = None
    """Of the operation with these variables, once it was found to be permitted."""


class Document:
    """A text and what it was found to be: its tree, unless it has none, and the errors of its validation.

    Nothing in it leads in a circle, so its memory is free as soon as nobody has it.
    """

    def __init__(
        self, schema: GraphQLSchema, text: str, tree: DocumentNode | None, errors: tuple[GraphQLError, ...] = ()
    ) -> None:
        self.text = text
        self.tree = tree
        self.errors = errors
        self._schema = schema
        self._size_variables = sorted(size_variables(tree)) if tree else []
        self._cost = lru_cache(maxsize=KEPT_COSTS)(partial(_counted, schema, tree))
        self._given: dict[tuple[str | None, bytes], Given] = {}
        """The latest used at the end."""

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute. Raises: RequestRefused, when the name does not say which."""
        return _operation(self.tree, name)

    def given(self, operation_name: str | None, raw: Mapping[str, Any]) -> Given | None:
        """The variables that were sent as the operation takes them, made once for all who send the same.

        None when they do not fit, which graphql-core says to their sender. Raises: RequestRefused.
        """
        try:
            key = operation_name, orjson.dumps(raw)
        except TypeError:  # a number or half a character that only Python's own JSON takes
            return self._coerced(operation_name, raw)
        known = self._given.pop(key, None) or self._coerced(operation_name, raw)
        if known is not None and len(key[1]) <= MAX_GIVEN_BYTES:
            self._given[key] = known
            if len(self._given) > KEPT_GIVEN:
                del self._given[next(iter(self._given))]
        return known

    def cost(self, operation_name: str | None, variables: Mapping[str, Any]) -> int:
        """What an operation of a valid document costs, by its coerced variables; counted once for the same sizes.

        Raises: BadPageSize.
        """
        sizes = tuple((name, variables[name]) for name in self._size_variables if name in variables)
        return self._cost(operation_name, sizes)

    def _coerced(self, operation_name: str | None, raw: Mapping[str, Any]) -> Given | None:
        definitions = self.operation(operation_name).variable_definitions or ()
        values = get_variable_values(self._schema, definitions, dict(raw))
        return None if isinstance(values, list) else Given(values)

    @cached_property
    def introspects(self) -> bool:
        """Whether it asks for the schema itself."""
        return self.tree is not None and asks_for(self.tree, {"__schema", "__type"})


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: GraphQLSchema, trusted: Mapping[str, str], *, trusted_only: bool) -> None:
        self._schema = schema
        self._texts = trusted
        self._trusted_only = trusted_only
        self._trusted: dict[str, Document] = {}
        self._free: dict[str, Document | None] = {}
        """The last ones that were sent, the latest at the end; None: it is too complex."""
        self._being_read: dict[str, asyncio.Task[Document | None]] = {}
        self._turns = FairQueue()

    def known(self, asked: GraphQLRequest) -> Document | None:
        """The document that was sent or named, unless it must be read first. Raises: RequestRefused."""
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
        if asked.text not in self._free:
            return None
        document = self._free[asked.text] = self._free.pop(asked.text)
        return _not_too_complex(document)

    async def read(self, text: str, client: str) -> Document:
        """The document of a text that is not known, for a client, at its turn. Raises: RequestRefused, TooManyAttempts.

        Nobody who asks for known ones waits for it: it is read in a thread, which gives way to the event loop.
        """
        if text not in self._being_read:
            reading = asyncio.create_task(self._turns.done(partial(self._made, text), client))
            self._being_read[text] = reading
            reading.add_done_callback(partial(self._keep, text))
        return _not_too_complex(await asyncio.shield(self._being_read[text]))

    def _keep(self, text: str, read: asyncio.Task[Document | None]) -> None:
        del self._being_read[text]
        if read.cancelled() or read.exception() is not None:
            return
        self._free[text] = read.result()
        while len(self._free) > KEPT or sum(map(len, self._free)) > KEPT_CHARACTERS:
            del self._free[next(iter(self._free))]

    def _named(self, digest: str) -> Document:
        if digest not in self._texts:
            raise RequestRefused(RequestCode.PERSISTED_QUERY_NOT_FOUND)
        if digest not in self._trusted:
            text = self._texts[digest]
            tree = parse(text)
            self._trusted[digest] = Document(self._schema, text, tree, self._errors(tree, RULES))
        return self._trusted[digest]

    def _made(self, text: str) -> Document | None:
        """None, when it is larger than any document of a client need be."""
        try:
            tree = _unchained(parse(text, max_lexical_tokens=MAX_TOKENS))
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


def _unchained(tree: DocumentNode) -> DocumentNode:
    """A tree whose tokens no longer know their neighbours, which nobody asks for after parsing."""
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


def _counted(
    schema: GraphQLSchema,
    tree: DocumentNode | None,
    operation_name: str | None,
    sizes: tuple[tuple[str, Any], ...],
) -> int:
    assert tree is not None
    return cost(schema, tree, _operation(tree, operation_name), dict(sizes))


def is_query(operation: OperationDefinitionNode) -> bool:
    """Whether an operation reads only, and once."""
    return operation.operation is OperationType.QUERY


def without_suggestion(message: str) -> str:
    """A message of graphql-core without the names that it suggests."""
    return SUGGESTION.sub("", message)


def _with_code(error: GraphQLError, code: RequestCode) -> GraphQLError:
    return GraphQLError(
        without_suggestion(error.message),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        extensions={"code": code.value},
    )
