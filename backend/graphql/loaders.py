"""Loaders of one request: what many objects of an answer need is fetched for all of them at once.

They hand out only what their viewer may see: for anything else they raise ``NotFound``, as for what does not exist.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader
from tortoise.models import Model

from backend.accounts.clients import client_totals
from backend.accounts.datapoints_history import datapoints_changes
from backend.accounts.models import Account
from backend.graphql.forms import Rows
from backend.identity.models import Organisation, User
from backend.problems import NotFound
from backend.requests.models import ChangeRequest
from backend.storage.rows import Joined, read, read_by_id, select

M = TypeVar("M", bound=Model)

PENDING = "{select} WHERE account_id = ANY($1::bigint[]) AND state = 'PENDING' ORDER BY requested_at, id"

PENDING_IN_SQL = Rows(
    "change_request {row} WHERE {row}.account_id = {outer}.id AND {row}.state = 'PENDING'",
    "{row}.requested_at, {row}.id",
)
"""The same of one account."""


class Loaders:
    """Rows by id, pending requests and changes of datapoints by account id, and totals by organisation and client."""

    def __init__(self, viewer: User | None, kind: Callable[..., DataLoader[Any, Any]] = DataLoader) -> None:
        self._viewer = viewer
        self._kind = kind

    @cached_property
    def organisation(self) -> DataLoader[Any, Any]:
        """Organisations; the viewer's own is known already where it came with them."""
        loader = self._kind(_by_id(Organisation, lambda row: self._in_sight(row.id)))
        own: Any = self._viewer and self._viewer.organisation
        if isinstance(own, Joined):
            loader.prime(own.id, own)
        return loader

    @cached_property
    def user(self) -> DataLoader[Any, Any]:
        """Users. Customer Success, of no organisation, is known by name to everybody whose requests it decides."""
        of_all = self._viewer is not None
        return self._kind(
            _by_id(User, lambda row: self._in_sight(row.organisation_id) or (of_all and not row.organisation_id))
        )

    @cached_property
    def account(self) -> DataLoader[Any, Any]:
        """Accounts."""
        return self._kind(_by_id(Account, lambda row: self._in_sight(row.organisation_id)))

    @cached_property
    def request(self) -> DataLoader[Any, Any]:
        """Requests."""
        return self._kind(_by_id(ChangeRequest, lambda row: self._in_sight(row.organisation_id)))

    @cached_property
    def pending_requests(self) -> DataLoader[Any, Any]:
        """Lists of requests, by account."""
        return self._kind(_pending_requests)

    @cached_property
    def client_total(self) -> DataLoader[Any, Any]:
        """Totals, by organisation and client."""
        return self._kind(client_totals)

    @cached_property
    def datapoints_changes(self) -> DataLoader[Any, Any]:
        """Changes, by account."""
        return self._kind(datapoints_changes)

    def _in_sight(self, organisation_id: int | None) -> bool:
        if self._viewer is None:
            return False
        return self._viewer.organisation_id in {None, organisation_id}


def _by_id(model: type[M], in_sight: Callable[[M], bool]) -> Callable[[Sequence[int]], Awaitable[list[M | NotFound]]]:
    async def load(ids: Sequence[int]) -> list[M | NotFound]:
        found = await read_by_id(model, ids)
        return [row if (row := found.get(row_id)) and in_sight(row) else NotFound() for row_id in ids]

    return load


async def _pending_requests(account_ids: Sequence[int]) -> Sequence[list[ChangeRequest]]:
    by_account: dict[int | None, list[ChangeRequest]] = defaultdict(list)
    for request in await read(ChangeRequest, PENDING.format(select=select(ChangeRequest)), account_ids):
        by_account[request.account_id].append(request)
    return [by_account[account_id] for account_id in account_ids]
