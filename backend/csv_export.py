"""The accounts of a zone as a file for spreadsheets: what an address of the section lists, all of it."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from backend import clock
from backend.accounts.list_address import ZONES, list_at, order_at
from backend.accounts.lists import AccountList
from backend.accounts.models import Account
from backend.catalogue import country_name, words
from backend.graphql.cookie import signed_in
from backend.identity.models import Organisation, User
from backend.identity.permissions import Permission, may
from backend.problems import NotSignedIn
from backend.storage.keyset import Order

BYTE_ORDER_MARK = "\ufeff"

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet would compute a cell that starts with one of these (OWASP, CSV Injection)."""

ROWS_AT_ONCE = 500


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
    owner = await Organisation.get(id=viewer.organisation_id) if viewer.organisation_id else None
    today = clock.today((owner or viewer).time_zone)
    accounts = list_at(zone, request.query_params, viewer, today)
    return StreamingResponse(
        _file(accounts, order_at(request.query_params), viewer),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="accounts-{zone.value.lower()}-{today}.csv"'},
    )


async def _viewer(request: Request) -> User | None:
    try:
        return (await signed_in(request)).user
    except NotSignedIn:
        return None


async def _file(accounts: AccountList, order: Order, viewer: User) -> AsyncIterator[str]:
    text = io.StringIO()
    write = csv.writer(text).writerow
    names = dict(await Organisation.all().values_list("id", "name")) if viewer.organisation_id is None else None
    text.write(BYTE_ORDER_MARK)
    write(_header(viewer.language, with_organisation=names is not None))
    rows = 0
    async for account in accounts.all(order):
        write([_safe(cell) for cell in _cells(account, viewer.language, names)])
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
    names = words(language)
    return [
        account.name,
        account.client_name,
        *([] if organisations is None else [organisations[account.organisation_id]]),
        names["licences"][account.licence],
        account.datapoints,
        names["sectors"][account.sector],
        country_name(account.country, language),
        account.rtc_lines,
        account.mail_domain or "",
        account.starts_on,
        account.expires_on,
    ]


def _safe(cell: str | int | date) -> str | int | date:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
