"""The request types: each is one module, and known to everybody by its line here."""

from collections.abc import Mapping
from typing import Any

from backend.requests.change import AccountChange, Change, RequestType
from backend.requests.types.datapoints import DatapointsChange
from backend.requests.types.licence import LicenceChange
from backend.requests.types.new_account import NewAccount
from backend.requests.types.renewal import Renewal

__all__ = ["ACCOUNT_CHANGES", "CHANGES", "DatapointsChange", "LicenceChange", "NewAccount", "Renewal", "stored_change"]

CHANGES: Mapping[RequestType, type[Change]] = {
    RequestType.NEW_ACCOUNT: NewAccount,
    RequestType.DATAPOINTS: DatapointsChange,
    RequestType.LICENCE: LicenceChange,
    RequestType.RENEWAL: Renewal,
}
"""The change of each type."""

ACCOUNT_CHANGES: tuple[type[AccountChange], ...] = (DatapointsChange, LicenceChange, Renewal)
"""Those that change an existing account, in the order of the row menu."""


def stored_change(type_: str, account_id: int | None, fields: Mapping[str, Any]) -> Change:
    """The change that a stored request asks for."""
    cls = CHANGES[RequestType(type_)]
    if issubclass(cls, AccountChange):
        assert account_id is not None
        return cls(account_id=account_id, **fields)
    return cls(**fields)
