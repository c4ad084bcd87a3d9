"""Loaders of one request: what many objects of an answer need is fetched for all of them at once.

They hand out only what their viewer may see: for anything else they raise ``NotFound``, as for what does not exist.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader
from tortoise.models import Model

from backend.accounts.clients import client_totals
from backend.accounts.datapoints_history import datapoints_changes
from backend.accounts.models import Account
from backend.api.core.sql_fields import Rows
from backend.errors import NotFound
from backend.identity.models import Organisation, User
from backend.identity.scope import Scope
from backend.mail.preview import previews_of
from backend.mail.reminders import reminders_of
from backend.requests.models import ChangeRequest
from backend.requests.target import names_taken
from backend.storage.rows import Joined, read, read_by_id, select

M = TypeVar("M", bound=Model)

PENDING = "{select} WHERE account_id = ANY($1::bigint[]) AND state = 'PENDING' ORDER BY requested_at, id"

PENDING_IN_SQL = Rows(
    "change_request {row} WHERE {row}.account_id = {outer}.id AND {row}.state = 'PENDING'",
    "{row}.requested_at, {row}.id",
)
"""The same of one account."""


class Loader(DataLoader[Any, Any]):
    """A loader whose callers may be cancelled one by one: a value that others wait for too is loaded all the same."""

    def load(self, key: Any) -> Awaitable[Any]:
        """What belongs to a key. Raises: what the loading function returned for it, when that is an exception."""
        return asyncio.shield(super().load(key))


class Loaders:
    """One loader for each thing that an object of an answer may need: a whole level of objects costs one statement."""

    def __init__(self, viewer: User | None) -> None:
        self._viewer = viewer

    @cached_property
    def organisation(self) -> Loader:
        """Organisations; the viewer's own is known already where it came with them."""
        loader = Loader(_by_id(Organisation, lambda row: self._is_in_scope(row.id)))
        own: Any = self._viewer and self._viewer.organisation
        if isinstance(own, Joined):
            loader.prime(own.id, own)
        return loader

    @cached_property
    def user(self) -> Loader:
        """Users. Customer Success, of no organisation, is known by name to everybody whose requests it decides."""
        of_all = self._viewer is not None
        return Loader(
            _by_id(User, lambda row: self._is_in_scope(row.organisation_id) or (of_all and not row.organisation_id))
        )

    @cached_property
    def account(self) -> Loader:
        """Accounts."""
        return Loader(_by_id(Account, lambda row: self._is_in_scope(row.organisation_id)))

    @cached_property
    def request(self) -> Loader:
        """Requests."""
        return Loader(_by_id(ChangeRequest, lambda row: self._is_in_scope(row.organisation_id)))

    @cached_property
    def pending_requests(self) -> Loader:
        """Lists of requests, by account."""
        return Loader(_pending_requests)

    @cached_property
    def client_total(self) -> Loader:
        """Totals, by organisation and client."""
        return Loader(client_totals)

    @cached_property
    def datapoints_changes(self) -> Loader:
        """Changes, by account."""
        return Loader(datapoints_changes)

    @cached_property
    def timeline_page(self) -> Loader:
        """Pages of timelines, by account and ``(TimelineFilter, first, after, RowJson | None)``."""

        async def load(account_ids: Sequence[int], arguments: Any) -> Sequence[Any]:
            events, *page = arguments
            pages: Sequence[Any] = await events.pages(account_ids, *page)
            return pages

        return Loader(_by_arguments(load))

    @cached_property
    def timeline_count(self) -> Loader:
        """Numbers of events, by account and ``TimelineFilter``."""
        return Loader(_by_arguments(lambda account_ids, events: events.counts(account_ids)))

    @cached_property
    def reminders(self) -> Loader:
        """Lists of reminders, by account (its row) and number of terms."""
        return Loader(_by_arguments(reminders_of), cache_key_fn=lambda key: (key[0].id, key[1]))

    @cached_property
    def mail_preview(self) -> Loader:
        """Mails as they read, by line of the ledger and language; None: the recipient's."""
        return Loader(_by_arguments(previews_of))

    @cached_property
    def name_taken(self) -> Loader:
        """Whether a name is taken, by organisation and name."""
        return Loader(names_taken)

    def _is_in_scope(self, organisation_id: int | None) -> bool:
        if self._viewer is None:
            return False
        return Scope.of(self._viewer).includes(organisation_id)


def _by_id(
    model: type[M], is_in_scope: Callable[[M], bool]
) -> Callable[[Sequence[int]], Awaitable[list[M | NotFound]]]:
    async def load(ids: Sequence[int]) -> list[M | NotFound]:
        found = await read_by_id(model, ids)
        return [row if (row := found.get(row_id)) and is_in_scope(row) else NotFound() for row_id in ids]

    return load


def _by_arguments(
    load_same: Callable[[Sequence[Any], Any], Awaitable[Sequence[Any]]],
) -> Callable[[Sequence[tuple[Any, Any]]], Awaitable[list[Any]]]:
    """What loads for keys of a subject and arguments: one call for all subjects of the same arguments."""

    async def load(keys: Sequence[tuple[Any, Any]]) -> list[Any]:
        places: dict[Any, list[int]] = defaultdict(list)
        for place, (_, arguments) in enumerate(keys):
            places[arguments].append(place)
        loaded: list[Any] = [None] * len(keys)
        for arguments, same in places.items():
            try:
                found: Sequence[Any] = await load_same([keys[place][0] for place in same], arguments)
            except Exception as error:  # theirs alone: what was asked with other arguments is answered
                found = [error] * len(same)
            for place, one in zip(same, found, strict=True):
                loaded[place] = one
        return loaded

    return load


async def _pending_requests(account_ids: Sequence[int]) -> Sequence[list[ChangeRequest]]:
    by_account: dict[int | None, list[ChangeRequest]] = defaultdict(list)
    for request in await read(ChangeRequest, PENDING.format(select=select(ChangeRequest)), account_ids):
        by_account[request.account_id].append(request)
    return [by_account[account_id] for account_id in account_ids]
