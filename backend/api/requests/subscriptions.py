"""Subscriptions: what the viewer may see, as it changes, and first what changed while they were away."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import strawberry

from backend.api.accounts.types import AccountType
from backend.api.core.authorization import IN_SECTION, Audience, visible_to
from backend.api.core.context import Context, Info
from backend.api.requests.registry import object_of
from backend.api.requests.types import ChangeRequestType
from backend.events import Disconnected, Event
from backend.identity import sessions
from backend.identity.models import User
from backend.identity.scope import Scope
from backend.requests.changes_since import changed_at, changed_since

REVIEW_INTERVAL_S = 3.0
"""Seconds between two checks of whether the viewer may still subscribe, when nothing changes."""

Since = Annotated[
    datetime | None,
    strawberry.argument(
        description="The latest `at` that the client has, with its offset from UTC: what changed since comes first,"
        " the last of it again."
    ),
]


@visible_to(Audience.PARENT)
@strawberry.type(description="A request was filed, decided or withdrawn.")
class ChangeRequestChange:
    at: datetime = strawberry.field(description="When; subscribe again with the latest one as `since`.")
    request: ChangeRequestType = strawberry.field(description="The request as it is now.")


@visible_to(Audience.PARENT)
@strawberry.type(name="AccountChange", description="An account was opened, changed, or got or lost a pending request.")
class AccountChangeType:
    at: datetime = strawberry.field(description="When; subscribe again with the latest one as `since`.")
    account: AccountType = strawberry.field(description="The account as it is now.")


@strawberry.type
class Subscription:
    @strawberry.subscription(extensions=[IN_SECTION], description="Every change of a request that the viewer may see.")
    async def change_request_changed(
        self, info: Info, since: Since = None
    ) -> AsyncGenerator[ChangeRequestChange, None]:
        async with aclosing(_events(info.context, since)) as events:
            async for item in events:
                request = await info.context.loaders.request.load(item.request_id)
                info.context.last_changed_at = at = changed_at(request)
                yield ChangeRequestChange(at=at, request=object_of(request))

    @strawberry.subscription(extensions=[IN_SECTION], description="Every change of an account that the viewer may see.")
    async def account_changed(self, info: Info, since: Since = None) -> AsyncGenerator[AccountChangeType, None]:
        async with aclosing(_events(info.context, since)) as events:
            async for item in events:
                if item.account_id is not None:
                    account = await info.context.loaders.account.load(item.account_id)
                    request = await info.context.loaders.request.load(item.request_id)
                    info.context.last_changed_at = at = changed_at(request)
                    yield AccountChangeType(at=at, account=AccountType(model=account))


class TokensRenewed(Exception):
    """The client subscribed with tokens that its session has replaced; it must subscribe again, with the new ones."""


async def _events(context: Context, since: datetime | None) -> AsyncGenerator[Event, None]:
    """What changes. Ends, and sets ``is_outdated`` of the context, when the session's tokens were renewed."""
    try:
        async with aclosing(_events_since(context, since)) as events:
            async for item in events:
                yield item
    except TokensRenewed:
        context.is_outdated = True


async def _events_since(context: Context, since: datetime | None) -> AsyncGenerator[Event, None]:
    IN_SECTION.check(context)
    since = since or context.last_changed_at
    scope = Scope.of(context.viewer)
    async with (
        aclosing(context.live.subscribe(scope.organisation_id)) as events,
        aclosing(_reviewed(context, events)) as reviewed,
    ):
        async for item in reviewed:
            if item is not None:
                yield item
            elif since is not None:
                # Events are received from here on: nothing is lost between what is read now and what comes.
                missed = await changed_since(since, scope)
                if missed is None:
                    raise Disconnected
                for ids in missed:
                    await _recheck(context)
                    yield Event(*ids)


async def _reviewed(context: Context, events: AsyncGenerator[Event | None, None]) -> AsyncGenerator[Event | None, None]:
    """The same events, for as long as the viewer may see them: rights are those of now, not those of the start."""
    coming = asyncio.ensure_future(anext(events))
    try:
        while True:
            await asyncio.wait([coming], timeout=REVIEW_INTERVAL_S)
            await _recheck(context)
            if coming.done():
                yield coming.result()
                coming = asyncio.ensure_future(anext(events))
    finally:
        coming.cancel()
        await asyncio.wait([coming])


async def _recheck(context: Context) -> None:
    """Load the viewer anew and check their rights. Raises: NotSignedIn, Forbidden, TokensRenewed."""
    renewals = None if context.session_id is None else await sessions.renewals_of(context.session_id)
    is_open = renewals is not None
    context.become(await User.filter(id=context.viewer.id, is_active=True).first() if is_open else None)
    IN_SECTION.check(context)
    if renewals != context.renewals:
        raise TokensRenewed
