"""What a client asked for, read to a limit and checked for its form: the one place that reads a body or a query string.

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
"""Bytes. What is longer is not read to its end."""

MAX_NESTING = 32
"""Levels of lists and objects in variables; no input of the schema has more than four."""

MAX_VALUES = 1000
"""Values in variables, at all levels."""

HASH = re.compile(r"[0-9a-f]{64}")


async def read_request(request: Request) -> GraphQLRequest:
    """What an HTTP request asks for; by GET, only what is named by its hash. Raises: RequestRefused."""
    if request.method == "GET":
        return _in_query_string(request)
    if request.method == "POST":
        return asked_for(json_of(await _body(request)))
    raise RequestRefused(RequestCode.METHOD_NOT_ALLOWED)


def asked_for(body: Any) -> GraphQLRequest:
    """What an object of the protocol asks for, by HTTP or over a websocket. Raises: RequestRefused."""
    if isinstance(body, list):
        raise RequestRefused(RequestCode.BATCHING_OFF)
    if not isinstance(body, dict):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    text = _member(body, "query", str)
    variables = _member(body, "variables", dict) or {}
    extensions = _member(body, "extensions", dict) or {}
    asked = GraphQLRequest(text, _hash_in(extensions), variables, _member(body, "operationName", str))
    if asked.text is None and asked.hash is None:
        raise RequestRefused(RequestCode.BAD_REQUEST)
    _check_size(variables)
    return asked


def json_of(content: bytes | str) -> Any:
    """A JSON text in UTF-8, with finite numbers and without a byte order mark. Raises: RequestRefused."""
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        return FINITE.decode(text)
    except (ValueError, RecursionError):
        raise RequestRefused(RequestCode.BAD_REQUEST) from None


async def _body(request: Request) -> bytes:
    if not _is_json(request.headers.get("content-type", "")) or "content-encoding" in request.headers:
        raise RequestRefused(RequestCode.UNSUPPORTED_MEDIA_TYPE)
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or len(announced) > 9 or int(announced) > MAX_BODY_BYTES:
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
    given = request.query_params.multi_items()
    parameters = dict(given)
    if "query" in parameters or "extensions" not in parameters:
        raise RequestRefused(RequestCode.METHOD_NOT_ALLOWED)
    if len(parameters) != len(given):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    body: dict[str, Any] = {
        name: json_of(parameters[name]) for name in ("variables", "extensions") if parameters.get(name)
    }
    return asked_for({**body, "operationName": parameters.get("operationName") or None})


def _member(body: Mapping[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if value is not None and not isinstance(value, kind):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    return value


def _hash_in(extensions: Mapping[str, Any]) -> str | None:
    named = extensions.get("persistedQuery")
    if named is None:
        return None
    if not isinstance(named, dict) or named.get("version") != 1:
        raise RequestRefused(RequestCode.BAD_REQUEST)
    digest = named.get("sha256Hash")
    if not isinstance(digest, str) or not HASH.fullmatch(digest):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    return digest


def _check_size(variables: dict[str, Any]) -> None:
    level: list[Any] = [variables]
    seen = 0
    for _ in range(MAX_NESTING):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        seen += len(inner)
        if seen > MAX_VALUES:
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
