"""The page's cookies: its session, and by which a browser is known where somebody has signed in before."""

from datetime import timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from backend.errors import NotSignedIn
from backend.identity.sessions import AuthenticatedSession, Token, TokenKind, holder_of
from backend.settings import settings


def cookie_name() -> str:
    """Of the session; bound to the host where users come by HTTPS."""
    return _bound("session")


async def signed_in(connection: HTTPConnection) -> AuthenticatedSession:
    """Who calls: by an access token in the header, else by the cookie. Raises: NotSignedIn."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return await holder_of(token.strip(), TokenKind.ACCESS)
    cookie = connection.cookies.get(cookie_name())
    if not cookie:
        raise NotSignedIn
    return await holder_of(cookie, TokenKind.COOKIE)


def set_cookie(response: Response | WebSocket, token: Token) -> None:
    """Give a page its session; scripts cannot read it and other sites cannot send it."""
    _set(response, cookie_name(), token.text, settings().session_absolute)


def forget_cookie(response: Response | WebSocket) -> None:
    """Take the session's cookie back."""
    assert isinstance(response, Response)
    response.delete_cookie(cookie_name(), path="/", secure=settings().is_secure, httponly=True, samesite="strict")


def device_token_of(connection: HTTPConnection) -> str | None:
    """By what a browser says that somebody has signed in there before."""
    return connection.cookies.get(_bound("device"))


def set_device_cookie(response: Response | WebSocket, token: str) -> None:
    """Let a browser be known; it stays when its session ends."""
    _set(response, _bound("device"), token, settings().devices_known)


def _set(response: Response | WebSocket, name: str, value: str, life: timedelta) -> None:
    assert isinstance(response, Response)
    response.set_cookie(
        name,
        value,
        max_age=int(life.total_seconds()),
        path="/",
        secure=settings().is_secure,
        httponly=True,
        samesite="strict",
    )


def _bound(name: str) -> str:
    return f"__Host-{name}" if settings().is_secure else name
