"""The accounts of a zone as a file for spreadsheets: what an address of the section lists, all of it."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import date, timedelta
from urllib.parse import quote

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from backend import clock
from backend.accounts.list_address import ZONES, list_at, order_at
from backend.accounts.lists import AccountList
from backend.accounts.models import Account
from backend.api.core.cookies import signed_in
from backend.api.execution.request_errors import RequestCode, message_for
from backend.catalogue import country_name, language_of, name_in, words
from backend.concurrency import ConcurrencyLimiter, Full
from backend.errors import NotSignedIn, TooManyAttempts
from backend.identity.models import Organisation, User
from backend.identity.roles import Permission, may
from backend.identity.scope import Scope as TenancyScope
from backend.settings import settings
from backend.storage.keyset import Order
from backend.storage.rate_limiter import Limit
from backend.storage.transient_errors import RETRY_AFTER_S
from backend.web.limits import PLACE

log = structlog.get_logger()

BYTE_ORDER_MARK = "\ufeff"

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet would compute a cell that starts with one of these (OWASP, CSV Injection)."""

FORMULA_WITHIN = re.compile(r"""([;\t\r\n][\s"']*)(?=[=+\-@＝＋－＠])""")
"""Where such a cell starts for a spreadsheet that splits lines otherwise, as Excel does in Spain and France."""

ROWS_AT_ONCE = 500


class Export(Response):
    """A file as it is made, under way from before its first row to after its last, for so many seconds at most.

    Its client is answered 429 when the person has too many under way, and 503 when the time is over before the first
    rows are there; later the connection ends without the file's end, which no client takes for a file.
    """

    def __init__(self, rows: AsyncGenerator[str, None], viewer: User, name: str, limiter: ConcurrencyLimiter) -> None:
        super().__init__()
        self._rows, self._viewer, self._limiter = rows, viewer, limiter
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Raises: HTTPException, before anything is sent."""
        limits = {f"export {self._viewer.id}": settings().exports_at_once_per_person}
        try:
            with self._limiter.held(limits), scope[PLACE].pop_all():
                await self._in_time(scope, receive, send)
        except Full:
            raise _refused(self._viewer, RequestCode.TOO_MANY_REQUESTS) from None

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def send_and_note(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            async with aclosing(self._rows), asyncio.timeout(settings().export_timeout_s) as deadline:
                # A fault before the first rows is still answered with a status of its own.
                first = await anext(self._rows)
                await self._streamed(first)(scope, receive, send_and_note)
        except TimeoutError:
            if not deadline.expired():
                raise
            log.warning("a file of accounts took too long", user_id=self._viewer.id)
            if not began:
                raise _refused(self._viewer, RequestCode.TIMEOUT) from None

    def _streamed(self, first: str) -> StreamingResponse:
        async def all_rows() -> AsyncIterator[str]:
            yield first
            async for rows in self._rows:
                yield rows

        return StreamingResponse(
            all_rows(),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": f'attachment; filename="{self._name}"'},
        )


async def accounts_as_csv(request: Request) -> Response:
    """The file; for those who may see the section. Whoever is not signed in is sent to sign in for the list itself."""
    zone = ZONES.get(request.path_params["zone"])
    if zone is None:
        raise HTTPException(404)
    viewer = await _viewer(request)
    if viewer is None:
        shown = f"/management/{zone.value.lower()}?{request.url.query}"
        return RedirectResponse(f"/sign-in?next={quote(shown, safe='')}", 303)
    if not may(viewer, Permission.SEE_SECTION):
        raise HTTPException(403)
    try:
        await request.app.state.counter.count(_per_person(), str(viewer.id))
    except TooManyAttempts as refused:
        raise _refused(viewer, RequestCode.TOO_MANY_REQUESTS, refused.retry_after) from None
    owner = await Organisation.get(id=viewer.organisation_id) if viewer.organisation_id else None
    today = clock.today((owner or viewer).time_zone)
    accounts = list_at(zone, request.query_params, viewer, today)
    rows = _file(accounts, order_at(request.query_params), viewer)
    return Export(rows, viewer, f"accounts-{zone.value.lower()}-{today}.csv", request.app.state.under_way)


def _per_person() -> Limit:
    return Limit("exports:person", settings().exports_per_hour_per_person, timedelta(hours=1))


def _refused(viewer: User, code: RequestCode, retry_after: int = RETRY_AFTER_S) -> HTTPException:
    status = 429 if code is RequestCode.TOO_MANY_REQUESTS else 503
    return HTTPException(status, message_for(code, language_of(viewer.language)), {"retry-after": str(retry_after)})


async def _viewer(request: Request) -> User | None:
    try:
        return (await signed_in(request)).user
    except NotSignedIn:
        return None


async def _file(accounts: AccountList, order: Order, viewer: User) -> AsyncGenerator[str, None]:
    text = io.StringIO()
    write = csv.writer(text, quoting=csv.QUOTE_ALL).writerow
    language = language_of(viewer.language)
    names = dict(await Organisation.all().values_list("id", "name")) if TenancyScope.of(viewer).is_everything else None
    text.write(BYTE_ORDER_MARK)
    write(_header(language, with_organisation=names is not None))
    rows = 0
    async for account in accounts.all(order):
        write([_safe(cell) for cell in _cells(account, language, names)])
        rows += 1
        if rows % ROWS_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _header(language: str, *, with_organisation: bool) -> list[str]:
    columns = words(language)["columns"]
    return [name for code, name in columns.items() if with_organisation or code != "ORGANISATION"]


def _cells(account: Account, language: str, organisations: dict[int, str] | None) -> list[str | int | date]:
    return [
        account.name,
        account.client_name,
        *([] if organisations is None else [organisations[account.organisation_id]]),
        name_in("licences", account.licence, language),
        account.datapoints,
        name_in("sectors", account.sector, language),
        country_name(account.country, language),
        account.rtc_lines,
        account.mail_domain or "",
        account.starts_on,
        account.expires_on,
    ]


def _safe(cell: str | int | date) -> str | int | date:
    if not isinstance(cell, str):
        return cell
    text = FORMULA_WITHIN.sub(r"\1'", cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
