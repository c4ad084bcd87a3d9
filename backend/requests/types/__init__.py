"""The request types: each is one module, and known to everybody by its line here."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from backend.requests.change import AccountChange, Change, RequestType
from backend.requests.types.datapoints import DatapointsChange
from backend.requests.types.licence import LicenceChange
from backend.requests.types.new_account import NewAccount
from backend.requests.types.renewal import Renewal

TYPES: tuple[type[Change], ...] = (
    NewAccount,
    DatapointsChange,
    LicenceChange,
    Renewal,
)
"""In the order of lists and menus."""

CHANGES: Mapping[RequestType, type[Change]] = {change.type: change for change in TYPES}
"""The change of each type."""

ACCOUNT_CHANGES = tuple(change for change in TYPES if issubclass(change, AccountChange))
"""Those that change an existing account."""


def stored_change(type_: str, account_id: int | None, stored: Mapping[str, Any]) -> Change | None:
    """The change that a stored request asks for; None where only a newer version knows its type, or its fields."""
    cls = CHANGES.get(RequestType(type_))
    if cls is None:
        return None
    given = {**stored, "account_id": account_id} if issubclass(cls, AccountChange) else stored
    known = {field.name: field.default is MISSING for field in fields(cls)}
    if not known.keys() >= given.keys() >= {name for name, is_required in known.items() if is_required}:
        return None
    return cls(**given)
