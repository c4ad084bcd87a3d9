"""Requests and accounts, for the modules whose objects point to them while they point back."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from backend.accounts import models as accounts
from backend.requests import models

if TYPE_CHECKING:
    from backend.api.accounts.types import Account
    from backend.api.requests.types import ChangeRequest

LazyRequest = Annotated["ChangeRequest", strawberry.lazy("backend.api.requests.types")]
LazyAccount = Annotated["Account", strawberry.lazy("backend.api.accounts.types")]


def request_of(model: models.ChangeRequest) -> "ChangeRequest":
    """A stored request as an object of its type."""
    from backend.api.requests.types import object_of

    return object_of(model)


def account_of(model: accounts.Account) -> "Account":
    """A stored account as an object."""
    from backend.api.accounts.types import Account

    return Account(model=model)
