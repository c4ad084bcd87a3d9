"""What holds for every answer and every request: headers that bind the browser, and no commands from other sites."""

import structlog
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.http.websocket_origin import is_same_origin, normalize_origin

from backend.api.core.context import accepted_language_of
from backend.api.core.cookies import cookie_name
from backend.api.execution.request_errors import RequestCode
from backend.api.http.response import refusal
from backend.settings import settings

log = structlog.get_logger()

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'"
)

OUR_HEADER = "x-requested-with"
"""What a page of ours sends with every command."""

COMMON = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class SecurityHeaders:
    """Adds the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        is_sent = settings().is_secure and settings().hsts
        headers = COMMON | ({"strict-transport-security": settings().hsts} if is_sent else {})
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                set_already = {name.lower() for name, _ in message["headers"]}
                missing = [header for header in self.headers if header[0] not in set_already]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuses what a browser sends for another site when it changes something or opens a websocket.

    Cookies come along by themselves.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "websocket" and not _is_of_our_origin(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": 1008, "reason": "Foreign origin"})
            return
        if scope["type"] == "http" and scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
            headers = Headers(scope=scope)
            if cookie_name() in HTTPConnection(scope).cookies and not _is_ours(headers):
                accepted_language = accepted_language_of(headers.get("accept-language", ""))
                await refusal(Request(scope), RequestCode.FOREIGN_ORIGIN, accepted_language)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _is_ours(headers: Headers) -> bool:
    # A form of another site can post, but cannot add a header of its own.
    if OUR_HEADER not in headers:
        return False
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    return _is_of_our_origin(headers)


def _is_of_our_origin(headers: Headers) -> bool:
    # A browser tells the origin with every command and every websocket; other clients need not.
    origin = headers.get("origin")
    if origin is None:
        return True
    if settings().public_url:
        ours = normalize_origin(settings().origin)
        if ours is None or normalize_origin(origin) != ours:
            # Somebody else's page cannot send our header: it is ours, at an address that nobody told us.
            log.warning("a command of another address was refused", origin=origin, public_url=settings().origin)
            return False
        return True
    return is_same_origin(origin, headers.get("host"))
