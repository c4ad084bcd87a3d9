"""What only operators may see: whoever holds EMP_METRICS_TOKEN; without a token in the settings it is off."""

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from backend.settings import settings


def refusal(request: Request) -> Response | None:
    """What to answer instead: 404 while it is off, 401 without the token; None for an operator."""
    token = settings().metrics_token
    if not token:
        return PlainTextResponse("Not found", status_code=404)
    if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
        return PlainTextResponse("The token is missing.", status_code=401, headers={"www-authenticate": "Bearer"})
    return None
