"""Objects with a global id: their interface, and how each kind is found and made of its row.

The room of a kind registers it; others answer with it without knowing that room.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from backend.accounts import models as accounts
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.requests import models as requests

if TYPE_CHECKING:
    from backend.api.accounts.types import AccountType
    from backend.api.requests.types import ChangeRequestType

LazyRequest = Annotated["ChangeRequestType", strawberry.lazy("backend.api.requests.types")]
LazyAccount = Annotated["AccountType", strawberry.lazy("backend.api.accounts.types")]


@visible_to(Audience.PARENT)
@strawberry.interface(description="An object with a global id.")
class Node:
    @strawberry.field(description="Opaque and global.")
    def id(self) -> strawberry.ID:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class NodeType:
    """A kind of node: ``load`` finds one for the viewer by its key (raises NotFound), ``of`` makes one of its row."""

    load: Callable[[int, Info], Awaitable[Node]]
    of: Callable[[Any], Any]


NODE_TYPES: dict[str, NodeType] = {}
"""By the name that global ids carry."""


def request_of(row: requests.ChangeRequest) -> "ChangeRequestType":
    """A stored request as an object of its type."""
    request: ChangeRequestType = NODE_TYPES["ChangeRequest"].of(row)
    return request


def account_of(row: accounts.Account) -> "AccountType":
    """A stored account as an object."""
    account: AccountType = NODE_TYPES["Account"].of(row)
    return account
