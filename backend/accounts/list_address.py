"""Parsing of list addresses: the same query parameters mean the same list on the page and in a CSV file."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from backend.accounts.lists import AccountFilter, AccountList, AccountOrderField, order_by
from backend.accounts.term import ONE_DAY
from backend.accounts.zones import Zone
from backend.catalogue import LICENCES, SECTORS
from backend.identity.models import User
from backend.storage.keyset import Order
from backend.texts import is_storable

ZONES: Mapping[str, Zone] = {"active": Zone.ACTIVE, "expired": Zone.EXPIRED}

ORDERS: Mapping[str, AccountOrderField] = {
    "name": AccountOrderField.NAME,
    "client": AccountOrderField.CLIENT_NAME,
    "license": AccountOrderField.LICENCE,
    "datapoints": AccountOrderField.DATAPOINTS,
    "expires": AccountOrderField.EXPIRES_ON,
}

WITHIN_DAYS = ("7d", "30d", "90d")


def list_at(zone: Zone, parameters: Mapping[str, str], viewer: User, today: date) -> AccountList:
    """The list that an address means; parameters that are unknown or cannot be stored as text are ignored."""
    parameters = {name: text for name, text in parameters.items() if is_storable(text)}
    expires_from, expires_to = _expiry_days(parameters.get("expires", ""), today)
    return AccountList(
        viewer,
        zone,
        parameters.get("q"),
        AccountFilter(
            licences=_valid_code(parameters.get("license"), LICENCES),
            sectors=_valid_code(parameters.get("sector"), SECTORS),
            client_name=parameters.get("client") or None,
            expires_from=expires_from,
            expires_to=expires_to,
        ),
    )


def order_at(parameters: Mapping[str, str]) -> Order:
    """The order that an address means; by name without one."""
    sort = parameters.get("sort", "")
    field = ORDERS.get(sort.removeprefix("-"))
    return order_by(field or AccountOrderField.NAME, descending=field is not None and sort.startswith("-"))


def _valid_code(code: str | None, codes: tuple[str, ...]) -> list[str] | None:
    return [code] if code in codes else None


def _expiry_days(expires: str, today: date) -> tuple[date | None, date | None]:
    if expires in WITHIN_DAYS:
        return None, today + timedelta(days=int(expires.removesuffix("d")))
    month = re.fullmatch(r"(2\d{3})-(0[1-9]|1[0-2])", expires)
    if month is None:
        return None, None
    first_day = date(int(month[1]), int(month[2]), 1)
    return first_day, first_day + relativedelta(months=1) - ONE_DAY
