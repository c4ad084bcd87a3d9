"""How much one process takes on, how often an address may call, and what is said when no answer can be made."""

import uuid

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.graphql.answering import refusal
from backend.graphql.calls import per_address
from backend.graphql.context import spoken_language
from backend.graphql.refusals import RequestCode
from backend.problems import TooManyAttempts
from backend.settings import settings
from backend.storage.counting import Counter
from backend.storage.outages import TRY_AGAIN_AFTER, is_outage

log = structlog.get_logger()

ALWAYS_ANSWERED = frozenset({"/healthz", "/readyz"})


class Faults:
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
            if is_outage(error):
                log.warning("the database is away or too busy", error=repr(error))
                await _refuse(scope, receive, send, RequestCode.UNAVAILABLE, TRY_AGAIN_AFTER)
            else:
                number = uuid.uuid4().hex
                log.error("a request failed", correlation_id=number, path=scope.get("path"), exc_info=error)
                await _refuse(scope, receive, send, RequestCode.INTERNAL, correlationId=number)


class AtOnce:
    """Refuses what would only wait: more requests than may be under way at once. Streams count until they begin."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in ALWAYS_ANSWERED:
            await self.app(scope, receive, send)
        elif self._under_way >= settings().requests_at_once:
            await _refuse(scope, receive, send, RequestCode.UNAVAILABLE, TRY_AGAIN_AFTER)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        waiting = True
        self._under_way += 1

        async def send_and_count(message: Message) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                self._under_way -= 1
            await send(message)

        try:
            await self.app(scope, receive, send_and_count)
        finally:
            if waiting:
                self._under_way -= 1


class PerAddress:
    """Refuses calls of the API from an address that calls too often."""

    def __init__(self, app: ASGIApp, counter: Counter) -> None:
        self.app = app
        self._counter = counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] in {"http", "websocket"} and scope["path"] == "/graphql":
            client = HTTPConnection(scope).client
            try:
                await self._counter.count(per_address(), client.host if client else "nobody")
            except TooManyAttempts as refused:
                await _refuse(scope, receive, send, RequestCode.TOO_MANY_REQUESTS, refused.retry_after)
                return
        await self.app(scope, receive, send)


async def _refuse(
    scope: Scope, receive: Receive, send: Send, code: RequestCode, retry_after: int | None = None, **more: str
) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013, "reason": "Try again later"})
    elif scope["type"] == "http":
        request = Request(scope)
        language = spoken_language(request.headers.get("accept-language", ""))
        await refusal(request, code, language, retry_after, **more)(scope, receive, send)
