"""The page's session cookie."""

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from backend.identity.sessions import Token
from backend.settings import settings


def cookie_name() -> str:
    """Bound to the host where users come by HTTPS."""
    return "__Host-session" if settings().is_secure else "session"


def token_of(connection: HTTPConnection) -> tuple[str | None, bool]:
    """The token that a client sent, and whether it came in a cookie, which a browser sends by itself."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip(), False
    return connection.cookies.get(cookie_name()), True


def set_cookie(response: Response | WebSocket, token: Token) -> None:
    """Give a page its session; scripts cannot read it and other sites cannot send it."""
    assert isinstance(response, Response)
    response.set_cookie(
        cookie_name(),
        token.text,
        max_age=int((settings().session_absolute).total_seconds()),
        path="/",
        secure=settings().is_secure,
        httponly=True,
        samesite="strict",
    )


def forget_cookie(response: Response | WebSocket) -> None:
    """Take the session's cookie back."""
    assert isinstance(response, Response)
    response.delete_cookie(cookie_name(), path="/", secure=settings().is_secure, httponly=True, samesite="strict")
