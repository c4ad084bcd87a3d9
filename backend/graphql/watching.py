"""Subscriptions: what the viewer may see, as it changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry

from backend.graphql.accounts import Account
from backend.graphql.context import Context, Info
from backend.graphql.guards import Holds
from backend.graphql.reach import Reach, reached
from backend.graphql.requests import ChangeRequest, object_of
from backend.identity.models import User
from backend.identity.permissions import Permission
from backend.live import News

IN_SECTION = Holds(Permission.SEE_SECTION)


@reached(Reach.PARENT)
@strawberry.type(description="A request was filed, decided or withdrawn.")
class ChangeRequestChange:
    request: ChangeRequest = strawberry.field(description="The request as it is now.")


@reached(Reach.PARENT)
@strawberry.type(description="An account was opened, changed, or got or lost a pending request.")
class AccountChange:
    account: Account = strawberry.field(description="The account as it is now.")


@strawberry.type
class Subscription:
    @strawberry.subscription(extensions=[IN_SECTION], description="Every change of a request that the viewer may see.")
    async def change_request_changed(self, info: Info) -> AsyncGenerator[ChangeRequestChange, None]:
        async with aclosing(_news(info.context)) as news:
            async for item in news:
                yield ChangeRequestChange(request=object_of(await info.context.loaders.request.load(item.request_id)))

    @strawberry.subscription(extensions=[IN_SECTION], description="Every change of an account that the viewer may see.")
    async def account_changed(self, info: Info) -> AsyncGenerator[AccountChange, None]:
        async with aclosing(_news(info.context)) as news:
            async for item in news:
                if item.account_id is not None:
                    yield AccountChange(account=Account(model=await info.context.loaders.account.load(item.account_id)))


async def _news(context: Context) -> AsyncGenerator[News, None]:
    IN_SECTION.check(context)
    async with aclosing(context.live.watch(context.viewer.organisation_id)) as news:
        async for item in news:
            await _look_again(context)
            yield item


async def _look_again(context: Context) -> None:
    """Rights are those of now, not those of the subscription's start. Raises: NotSignedIn, Forbidden."""
    context.become(await User.filter(id=context.viewer.id, is_active=True).first())
    IN_SECTION.check(context)
