"""The mailbox's page: what the demo sent, as its receivers would read it. No script, and each mail in a sandbox."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from backend.web.mailbox import Mailbox, Received

PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
# No script, no form, no origin; but a mail's links work: they open a window of their own, outside the sandbox.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox {SANDBOX}; frame-ancestors 'self';"
    " base-uri 'none'"
)
ANY_FILE = "application/octet-stream"
NEW_WINDOW = '<base target="_blank">'


def mailbox_app(folder: Path) -> Starlette:
    """The pages over a folder of received messages."""
    mailbox = Mailbox(folder)

    def wanted(request: Request) -> Received:
        received = mailbox.read(request.path_params["name"])
        if received is None:
            raise HTTPException(404, "There is no such message.")
        return received

    def index(request: Request) -> Response:
        query = request.query_params.get("q", "")
        return _page("index.html.j2", request, messages=mailbox.newest(query), query=query)

    def message(request: Request) -> Response:
        return _page("message.html.j2", request, received=wanted(request))

    def body(request: Request) -> Response:
        html = re.sub(r"<head\b[^>]*>", lambda head: head[0] + NEW_WINDOW, wanted(request).part("html"), count=1)
        return HTMLResponse(html, headers={"content-security-policy": MAIL_POLICY})

    def source(request: Request) -> Response:
        return PlainTextResponse(wanted(request).source)

    def attachment(request: Request) -> Response:
        files = wanted(request).attachments
        number: int = request.path_params["number"]
        if number >= len(files):
            raise HTTPException(404, "There is no such attachment.")
        named = f"attachment; filename*=UTF-8''{quote(files[number].name, safe='')}"
        return Response(files[number].content, headers={"content-disposition": named}, media_type=ANY_FILE)

    return Starlette(
        routes=[
            Route("/", index),
            Route("/{name}", message),
            Route("/{name}/body", body),
            Route("/{name}/source", source),
            Route("/{name}/attachments/{number:int}", attachment),
        ]
    )


def _page(template: str, request: Request, **values: object) -> Response:
    home = str(request.scope["root_path"])
    text = _templates().get_template(template).render(home=home, sandbox=SANDBOX, **values)
    return HTMLResponse(text, headers={"content-security-policy": PAGE_POLICY})


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("backend.web", "mailbox_templates"), autoescape=True, undefined=StrictUndefined
    )
