"""Refused requests: their codes, the message of each by language, and its HTTP status."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from graphql import GraphQLError

from backend.catalogue import Language
from backend.catalogue.words import request_message


class RequestCode(StrEnum):
    """``extensions.code`` of a GraphQL error. Messages are in ``catalogue/words``, the section ``requests``."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    IN_FLIGHT = "IN_FLIGHT"
    UNAVAILABLE = "UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    CANNOT_BE_WRITTEN = "CANNOT_BE_WRITTEN"
    INTERNAL = "INTERNAL"

    FOREIGN_ORIGIN = "FOREIGN_ORIGIN"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    BAD_REQUEST = "BAD_REQUEST"
    BATCHING_OFF = "BATCHING_OFF"

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"

    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_MISMATCH = "PERSISTED_QUERY_MISMATCH"
    TRUSTED_DOCUMENTS_ONLY = "TRUSTED_DOCUMENTS_ONLY"


STATUS: Mapping[RequestCode, int] = {
    RequestCode.FOREIGN_ORIGIN: 403,
    RequestCode.METHOD_NOT_ALLOWED: 405,
    RequestCode.TOO_MANY_SUBSCRIPTIONS: 429,
    RequestCode.NOT_ACCEPTABLE: 406,
    RequestCode.BODY_TOO_LARGE: 413,
    RequestCode.UNSUPPORTED_MEDIA_TYPE: 415,
    RequestCode.TOO_MANY_REQUESTS: 429,
    RequestCode.INTERNAL: 500,
    RequestCode.UNAVAILABLE: 503,
}
"""HTTP statuses of what is not executed; 400 for the others."""

WIRE_WORDS: Mapping[RequestCode, str] = {RequestCode.PERSISTED_QUERY_NOT_FOUND: "PersistedQueryNotFound"}
"""Messages that clients of Apollo's protocol compare; the same in every language."""


class RequestRefused(Exception):
    """A request that is refused before anything of it is executed."""

    def __init__(self, code: RequestCode) -> None:
        self.code = code
        super().__init__(code)


def message_for(code: RequestCode, language: Language) -> str:
    """The message of a code."""
    return WIRE_WORDS.get(code) or request_message(code, language)


def coded(code: RequestCode, language: Language, **extensions: Any) -> GraphQLError:
    """The GraphQL error of a code."""
    return GraphQLError(message_for(code, language), extensions={"code": code.value, **extensions})
