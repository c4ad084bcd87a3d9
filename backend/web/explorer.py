"""The explorer at ``/explorer/``: Altair, served from the built page's folder, with a policy of its own."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from backend.settings import settings
from backend.web.static_files import PAGE

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; form-action 'none'; base-uri 'self';"
    " frame-ancestors 'none'"
)
"""Altair styles what it shows as it goes; it may load and reach nothing elsewhere."""


class ExplorerFiles(StaticFiles):
    """Files whose names stay when their content changes."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be asked for again each time. Raises: HTTPException (404)."""
        response = await super().get_response(path, scope)
        response.headers["content-security-policy"] = POLICY
        response.headers["cache-control"] = "no-cache"
        return response


async def _to_explorer(request: Request) -> Response:
    return RedirectResponse("/explorer/")


def explorer_routes() -> list[BaseRoute]:
    """The explorer, where the settings show it."""
    if not settings().is_explorable:
        return []
    return [
        Route("/explorer", _to_explorer),
        Mount("/explorer", ExplorerFiles(directory=PAGE / "explorer", html=True, check_dir=False)),
    ]
