"""The built page: hashed files for ever, ``index.html`` for every address of the page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from backend.api.core.context import accepted_language_of
from backend.api.core.cookies import cookie_name

PAGE = Path(__file__).parents[1] / "page"

FOR_EVER = "public, max-age=31536000, immutable"

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""The compressed forms that the build lays beside each asset, the smallest first."""


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """What the build made, in memory: it is small, and most visits begin with it."""

    html: str
    arrivals: Mapping[str, Any]
    """What a visit needs first, by the address that it begins at; frontend/scripts/arrivals.ts writes it."""
    assets: Mapping[str, bytes]

    @classmethod
    def read(cls, folder: Path = PAGE) -> "BuiltPage":
        """The page of a folder. Raises: FileNotFoundError (it is not built)."""
        return cls(
            html=(folder / "index.html").read_text(),
            arrivals=json.loads((folder / "arrivals.json").read_text()),
            assets={path.name: path.read_bytes() for path in (folder / "assets").iterdir()},
        )

    async def index(self, request: Request) -> Response:
        """The page itself; which of its screens is shown, it decides by the address."""
        html = self.html.replace("</title>", "</title>" + "".join(self._asked(request)), 1)
        html = html.replace("</head>", "".join(self._shown(request)) + "</head>", 1)
        return HTMLResponse(html, headers={"cache-control": "no-cache", "vary": "accept-language, cookie"})

    async def asset(self, request: Request) -> Response:
        """A file whose name changes with its content, compressed as its client likes. Raises: HTTPException (404)."""
        name = request.path_params["name"]
        if name not in self.assets:
            raise HTTPException(404)
        headers = {"cache-control": FOR_EVER, "vary": "accept-encoding"}
        accepted = _accepted(request.headers.get("accept-encoding", ""))
        for encoding, ending in ENCODINGS.items():
            if encoding in accepted and name + ending in self.assets:
                return Response(
                    self.assets[name + ending],
                    headers=headers | {"content-encoding": encoding},
                    media_type=guess_type(name)[0],
                )
        return Response(self.assets[name], headers=headers, media_type=guess_type(name)[0])

    def _asked(self, request: Request) -> Iterator[str]:
        """Links to what the client will ask for whoever brings a session, before all others: it takes longest."""
        if cookie_name() in request.cookies:
            lists = [] if request.url.query else self.arrivals["lists"].get(request.url.path, [])
            for query in [self.arrivals["viewer"], *lists]:
                yield f'<link rel="preload" as="fetch" crossorigin href="{escape(query)}">'

    def _shown(self, request: Request) -> Iterator[str]:
        """Links to the files of all screens, of this one and of the language, which no script has named yet."""
        accepted_language = accepted_language_of(request.headers.get("accept-language", ""))
        screen = self.arrivals["screens"].get(request.url.path, [])
        for file in [*self.arrivals["shared"], *screen, *self.arrivals["languages"][accepted_language.value]]:
            relation = "stylesheet" if file.endswith(".css") else "modulepreload"
            yield f'<link rel="{relation}" crossorigin href="/{file}">'


def _accepted(accept_encoding: str) -> set[str]:
    """The encodings that a header names and does not refuse."""
    named = [part.replace(" ", "").partition(";q=") for part in accept_encoding.lower().split(",")]
    return {name for name, _, weight in named if weight not in {"0", "0.0", "0.00", "0.000"}}


async def not_built(request: Request) -> Response:
    """What stands for a page that is not there."""
    raise HTTPException(404, "The page is not built: make page")


def page_routes() -> list[BaseRoute]:
    """Assets, and everything else that is not the API's."""
    try:
        page = BuiltPage.read()
    except FileNotFoundError:
        return [Route("/{address:path}", not_built, methods=["GET"])]
    return [
        Route("/assets/{name:path}", page.asset, methods=["GET"]),
        Route("/{address:path}", page.index, methods=["GET"]),
    ]
