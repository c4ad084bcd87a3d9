"""A mail as its recipient would read it, as a page of its own: it may style itself, and load or run nothing."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from backend.api.core.cookies import signed_in
from backend.catalogue import Language
from backend.errors import BadInput, CannotBeWritten, Forbidden, NotFound, NotSignedIn
from backend.global_ids import key_in
from backend.identity.roles import Permission, require
from backend.mail.preview import preview_of

MAIL_POLICY = "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


async def mail_page(request: Request) -> Response:
    """GET /mails/{id}?language=fr, for Customer Success; in the recipient's language unless said."""
    language = request.query_params.get("language")
    try:
        require((await signed_in(request)).user, Permission.TEND_MAIL)
        shown = await preview_of(key_in(request.path_params["id"], "Mail"), Language(language) if language else None)
    except NotSignedIn:
        return PlainTextResponse("Sign in first.", status_code=401)
    except Forbidden:
        return PlainTextResponse("This is for Customer Success.", status_code=403)
    except (NotFound, BadInput, ValueError):
        return PlainTextResponse("There is no such mail.", status_code=404)
    except CannotBeWritten:
        return PlainTextResponse("This mail cannot be written.", status_code=422)
    return HTMLResponse(shown.html, headers={"content-security-policy": MAIL_POLICY})
