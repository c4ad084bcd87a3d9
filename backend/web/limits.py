"""How much one process takes on, how often an address may call, and what is said when no answer can be made."""

import uuid
from contextlib import ExitStack

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.core.context import accepted_language_of
from backend.api.execution.request_errors import RequestCode
from backend.api.http.rate_limits import per_address
from backend.api.http.request import MAX_BODY_BYTES
from backend.api.http.response import refusal
from backend.concurrency import ConcurrencyLimiter, Full
from backend.errors import TooManyAttempts
from backend.network_addresses import counted_as
from backend.settings import settings
from backend.storage.rate_limiter import RateLimiter
from backend.storage.transient_errors import RETRY_AFTER_S, is_transient_error, write_refusals

log = structlog.get_logger()

ALWAYS_ANSWERED = frozenset({"/healthz", "/healthz/detail", "/readyz"})

PLACE = "place"
"""The key of a scope under which a request's place is held."""

ALL = "all"
"""The limit of all requests that are under way."""


class UnexpectedErrors:
    """Answers with a code where there is no answer: 503 while the database is away or too busy, else 500.

    Of a fault of ours its client is told a number, and the log the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:
            if started:
                raise
            if is_transient_error(error):
                write_refusals.record(error)
                log.warning("the database is away or too busy", error=repr(error))
                await _refuse(scope, receive, send, RequestCode.UNAVAILABLE, RETRY_AFTER_S)
            else:
                number = uuid.uuid4().hex
                log.error("a request failed", correlation_id=number, path=scope.get("path"), exc_info=error)
                await _refuse(scope, receive, send, RequestCode.INTERNAL, correlationId=number)


class ConcurrencyLimits:
    """Refuses what would only wait: more requests than may be under way at once, in all and from one address.

    A request is under way from when its body is in until its answer begins. What answers for longer keeps its place by
    ``scope[PLACE].pop_all()``, to be closed at its end.
    """

    def __init__(self, app: ASGIApp, limiter: ConcurrencyLimiter) -> None:
        self.app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in ALWAYS_ANSWERED:
            await self.app(scope, receive, send)
            return
        # A place that is taken before the body is in would be held by whoever never sends one.
        received = await _with_body(scope, receive)
        if received is None:
            return
        try:
            await self._counted(scope, received, send)
        except Full as full:
            code = RequestCode.UNAVAILABLE if full.name == ALL else RequestCode.TOO_MANY_REQUESTS
            await _refuse(scope, received, send, code, RETRY_AFTER_S)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as place:
            place.enter_context(self._limiter.held(_limits(scope)))
            scope[PLACE] = place

            async def send_and_count(message: Message) -> None:
                place.close()
                await send(message)

            await self.app(scope, receive, send_and_count)


def _limits(scope: Scope) -> dict[str, int]:
    return {
        ALL: settings().requests_at_once,
        f"address {_network(scope)}": settings().requests_at_once_per_address,
    }


async def _with_body(scope: Scope, receive: Receive) -> Receive | None:
    """What gives the request's messages anew, once its body is in; None when its client has gone.

    Of a body that is larger than any may be, the rest is left to whoever refuses it.
    """
    announced = Headers(scope=scope).get("content-length", "0")
    if not announced.isdecimal() or len(announced) > 9 or int(announced) > MAX_BODY_BYTES:
        return receive
    body, more = bytearray(), True
    while more and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    waiting: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": more}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


class AddressRateLimit:
    """Refuses calls of the API from an address that calls too often."""

    def __init__(self, app: ASGIApp, counter: RateLimiter) -> None:
        self.app = app
        self._counter = counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] in {"http", "websocket"} and scope["path"] == "/graphql":
            try:
                await self._counter.count(per_address(), _network(scope))
            except TooManyAttempts as refused:
                await _refuse(scope, receive, send, RequestCode.TOO_MANY_REQUESTS, refused.retry_after)
                return
        await self.app(scope, receive, send)


def _network(scope: Scope) -> str:
    client = scope.get("client")
    return counted_as(client[0] if client else "")


async def _refuse(
    scope: Scope, receive: Receive, send: Send, code: RequestCode, retry_after: int | None = None, **more: str
) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013, "reason": "Try again later"})
    elif scope["type"] == "http":
        request = Request(scope)
        language = accepted_language_of(request.headers.get("accept-language", ""))
        await refusal(request, code, language, retry_after, **more)(scope, receive, send)
