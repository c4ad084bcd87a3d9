"""Loaders of one request: what many objects of an answer need is fetched for all of them at once.

They hand out only what their viewer may see: for anything else they raise ``NotFound``, as for what does not exist.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader
from tortoise.models import Model

from backend.accounts.clients import client_totals
from backend.accounts.datapoints_history import datapoints_changes
from backend.accounts.models import Account
from backend.identity.models import Organisation, User
from backend.problems import NotFound
from backend.requests.models import ChangeRequest
from backend.storage.rows import read, read_by_id, select

M = TypeVar("M", bound=Model)

PENDING = "{select} WHERE account_id = ANY($1::bigint[]) AND state = 'PENDING' ORDER BY requested_at, id"


class Loaders:
    """Rows by id, pending requests and changes of datapoints by account id, and totals by organisation and client."""

    def __init__(self, viewer: User | None, kind: Callable[..., DataLoader[Any, Any]] = DataLoader) -> None:
        own = None if viewer is None else viewer.organisation_id

        def in_sight(organisation_id: int | None) -> bool:
            return viewer is not None and (own is None or organisation_id == own)

        self.organisation = kind(_by_id(Organisation, lambda row: in_sight(row.id)))
        # Customer Success, of no organisation, is known by name to everybody whose requests it decides.
        self.user = kind(
            _by_id(User, lambda row: in_sight(row.organisation_id) or (viewer is not None and not row.organisation_id))
        )
        self.account = kind(_by_id(Account, lambda row: in_sight(row.organisation_id)))
        self.request = kind(_by_id(ChangeRequest, lambda row: in_sight(row.organisation_id)))
        self.pending_requests = kind(_pending_requests)
        self.client_total = kind(client_totals)
        self.datapoints_changes = kind(datapoints_changes)
        if viewer is not None and isinstance(viewer.organisation, Organisation):
            self.organisation.prime(viewer.organisation.id, viewer.organisation)


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
