"""The built page: hashed files for ever, ``index.html`` for every address of the page."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PAGE = Path(__file__).parent / "page"

FOR_EVER = "public, max-age=31536000, immutable"


class HashedFiles(StaticFiles):
    """Files whose names change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be kept for ever. Raises: HTTPException (404)."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = FOR_EVER
        return response


async def index(request: Request) -> Response:
    """The page itself; which of its screens is shown, it decides by the address."""
    if not (PAGE / "index.html").exists():
        raise HTTPException(404, "The page is not built: make page")
    return FileResponse(PAGE / "index.html", headers={"cache-control": "no-cache"})


def page_routes() -> list[BaseRoute]:
    """Assets, and everything else that is not the API's."""
    return [
        Mount("/assets", HashedFiles(directory=PAGE / "assets", check_dir=False)),
        Route("/{address:path}", index, methods=["GET"]),
    ]
