"""Reads a request's body or query string, up to limits: nothing else does.

The wire format is GraphQL over HTTP; a document may be named by its hash instead (Apollo's ``persistedQuery``).
"""

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from backend.api.execution.graphql_request import GraphQLRequest
from backend.api.execution.request_errors import RequestCode, RequestRefused

MAX_BODY_BYTES = 64 * 1024
"""A longer body is not read to its end; its client gets 413."""

MAX_NESTING = 32
"""Levels of lists and objects in variables; no input of the schema has more than four."""

MAX_VALUES = 1000
"""Values in variables, at all levels."""

HASH = re.compile(r"[0-9a-f]{64}")


async def read_request(request: Request) -> GraphQLRequest:
    """The operation of an HTTP request; by GET only with a document that is named by hash. Raises: RequestRefused."""
    if request.method == "GET":
        return _in_query_string(request)
    if request.method == "POST":
        return parse_request(parse_json(await _body(request)))
    raise RequestRefused(RequestCode.METHOD_NOT_ALLOWED)


def parse_request(body: Any) -> GraphQLRequest:
    """The operation of a decoded body, from HTTP or a websocket. Raises: RequestRefused."""
    if isinstance(body, list):
        raise RequestRefused(RequestCode.BATCHING_OFF)
    if not isinstance(body, dict):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    text = _member(body, "query", str)
    variables = _member(body, "variables", dict) or {}
    extensions = _member(body, "extensions", dict) or {}
    graphql_request = GraphQLRequest(text, _hash_in(extensions), variables, _member(body, "operationName", str))
    if graphql_request.text is None and graphql_request.hash is None:
        raise RequestRefused(RequestCode.BAD_REQUEST)
    _check_size(variables)
    return graphql_request


def parse_json(content: bytes | str) -> Any:
    """Decode JSON in UTF-8, with finite numbers and without a byte order mark. Raises: RequestRefused."""
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        return FINITE.decode(text)
    except (ValueError, RecursionError):
        raise RequestRefused(RequestCode.BAD_REQUEST) from None


async def _body(request: Request) -> bytes:
    if not _is_json(request.headers.get("content-type", "")) or "content-encoding" in request.headers:
        raise RequestRefused(RequestCode.UNSUPPORTED_MEDIA_TYPE)
    content_length = request.headers.get("content-length", "0")
    if not content_length.isdecimal() or len(content_length) > 9 or int(content_length) > MAX_BODY_BYTES:
        raise RequestRefused(RequestCode.BODY_TOO_LARGE)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise RequestRefused(RequestCode.BODY_TOO_LARGE)
    except ClientDisconnect:
        raise RequestRefused(RequestCode.BAD_REQUEST) from None
    return bytes(body)


@lru_cache(maxsize=100)
def _is_json(content_type: str) -> bool:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset")}
    return media_type == "application/json" and charsets <= {"utf-8"}


def _in_query_string(request: Request) -> GraphQLRequest:
    pairs = request.query_params.multi_items()
    parameters = dict(pairs)
    if "query" in parameters or "extensions" not in parameters:
        raise RequestRefused(RequestCode.METHOD_NOT_ALLOWED)
    if len(parameters) != len(pairs):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    body: dict[str, Any] = {
        name: parse_json(parameters[name]) for name in ("variables", "extensions") if parameters.get(name)
    }
    return parse_request({**body, "operationName": parameters.get("operationName") or None})


def _member(body: Mapping[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if value is not None and not isinstance(value, kind):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    return value


def _hash_in(extensions: Mapping[str, Any]) -> str | None:
    persisted_query = extensions.get("persistedQuery")
    if persisted_query is None:
        return None
    if not isinstance(persisted_query, dict) or persisted_query.get("version") != 1:
        raise RequestRefused(RequestCode.BAD_REQUEST)
    digest = persisted_query.get("sha256Hash")
    if not isinstance(digest, str) or not HASH.fullmatch(digest):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    return digest


def _check_size(variables: dict[str, Any]) -> None:
    level: list[Any] = [variables]
    count = 0
    for _ in range(MAX_NESTING):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        count += len(inner)
        if count > MAX_VALUES:
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)
        if not inner:
            return
        level = inner
    raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


FINITE = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
"""Reads JSON; made once, since making it takes as long as reading a small body."""
