"""The built page: hashed files for ever, ``index.html`` for every address of the page."""

from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PAGE = Path(__file__).parent / "page"

FOR_EVER = "public, max-age=31536000, immutable"


ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""The compressed forms that the build lays beside each asset, the smallest first."""


class HashedFiles(StaticFiles):
    """Files whose names change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, compressed as its client likes, to be kept for ever. Raises: HTTPException (404)."""
        response = await self._compressed(path, scope) or await super().get_response(path, scope)
        response.headers["cache-control"] = FOR_EVER
        response.headers["vary"] = "accept-encoding"
        return response

    async def _compressed(self, path: str, scope: Scope) -> Response | None:
        accepted = _accepted(Headers(scope=scope).get("accept-encoding", ""))
        for encoding, ending in ENCODINGS.items():
            if encoding in accepted and self.lookup_path(path + ending)[1] is not None:
                response = await super().get_response(path + ending, scope)
                response.headers["content-encoding"] = encoding
                return response
        return None


def _accepted(accept_encoding: str) -> set[str]:
    """The encodings that a header names and does not refuse."""
    named = [part.replace(" ", "").partition(";q=") for part in accept_encoding.lower().split(",")]
    return {name for name, _, weight in named if weight not in {"0", "0.0", "0.00", "0.000"}}


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
