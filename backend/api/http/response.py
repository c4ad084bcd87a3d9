"""HTTP responses of GraphQL results: media types, statuses, and the ETag of an answer by GET."""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from operator import methodcaller
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLFormattedError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from backend.api.execution.documents import MAX_ERRORS
from backend.api.execution.request_errors import STATUS, RequestCode, coded
from backend.catalogue import Language

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"

OUTAGE = STATUS[RequestCode.UNAVAILABLE]


def media_type(request: Request) -> str | None:
    """The media type of the answer by the Accept header; None when the client takes none of the two."""
    accepted = accepted_types(request)
    if not accepted or accepted & {JSON, "application/*", "*/*"}:
        return GRAPHQL_JSON if GRAPHQL_JSON in accepted else JSON
    return GRAPHQL_JSON if GRAPHQL_JSON in accepted else None


def accepted_types(request: Request) -> frozenset[str]:
    """The media types of the Accept header, without parameters."""
    return _types_in(request.headers.get("accept", ""))


@lru_cache(maxsize=100)
def _types_in(accept: str) -> frozenset[str]:
    return frozenset(media.partition(";")[0].strip().lower() for media in accept.split(",")) - {""}


def response_body(result: ExecutionResult) -> dict[str, Any]:
    """The body of a result. ``data`` is absent when nothing was executed."""
    body: dict[str, Any] = {} if is_refused(result) else {"data": result.data}
    if result.errors:
        body["errors"] = formatted(result.errors)
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def is_refused(result: ExecutionResult) -> bool:
    """Whether nothing was executed, for an invalid document or variables that do not fit."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and all(error.path is None for error in result.errors or ())


def formatted(errors: Sequence[GraphQLError]) -> list[GraphQLFormattedError]:
    """Errors in the protocol's form, at most MAX_ERRORS."""
    return [error.formatted for error in errors[:MAX_ERRORS]]


def answer(request: Request, result: ExecutionResult, resolver_response: Response) -> Response:
    """The answer to an operation, with the headers that its resolvers added to ``resolver_response``."""
    content = encoded(response_body(result))
    response = Response(content, _status(result), media_type=media_type(request) or JSON)
    response.headers.raw.extend(resolver_response.headers.raw)
    waits = [(error.extensions or {}).get("retryAfter", 0) for error in result.errors or ()]
    if any(waits):
        response.headers["retry-after"] = str(max(waits))
    if request.method == "GET":
        _add_etag(request, response, is_cacheable=not result.errors)
    return response


def _status(result: ExecutionResult) -> int:
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    if RequestCode.UNAVAILABLE.value in codes:
        return OUTAGE
    return 400 if is_refused(result) else 200


def encoded(body: Any) -> bytes:
    """Encode a body as JSON."""
    try:
        content: bytes = orjson.dumps(body)
    except TypeError:
        # Half of a surrogate pair, which an error may quote, can only be written as an escape.
        return json.dumps(body, separators=(",", ":"), default=methodcaller("isoformat")).encode()
    return content


def refusal(
    request: Request, code: RequestCode, language: Language, retry_after: int | None = None, **extensions: str
) -> Response:
    """The response with one error; ``retry_after`` in seconds, ``extensions`` for the error's."""
    waits = {} if retry_after is None else {"retryAfter": retry_after}
    content = encoded({"errors": formatted([coded(code, language, **waits, **extensions)])})
    response = Response(content, STATUS.get(code, 400), media_type=media_type(request) or JSON)
    if retry_after is not None:
        response.headers["retry-after"] = str(retry_after)
    if code is RequestCode.METHOD_NOT_ALLOWED:
        response.headers["allow"] = "POST, GET"
    if code is RequestCode.BODY_TOO_LARGE:
        # What was not read would be taken for the next request.
        response.headers["connection"] = "close"
    return response


def _add_etag(request: Request, response: Response, *, is_cacheable: bool) -> None:
    """Let the viewer's own client cache an answer by GET, and answer 304 when it has this one already."""
    if not is_cacheable:
        return
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["etag"] = tag
    response.headers["cache-control"] = "private, no-cache"
    response.headers["vary"] = "Accept, Accept-Language, Authorization, Cookie"
    tags = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if tag in tags:
        response.status_code, response.body = 304, b""
        del response.headers["content-length"], response.headers["content-type"]
