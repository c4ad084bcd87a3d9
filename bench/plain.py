"""The reference page in plain Strawberry: types, Tortoise models, a DataLoader, and cached documents."""

import hashlib
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from enum import Enum
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.types.info import Info

from backend import clock
from backend.accounts import models
from backend.identity.models import SessionToken
from backend.requests.models import ChangeRequest as RequestModel
from backend.storage.database import database

PAGE_SIZE = 50


@strawberry.enum
class Zone(Enum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"


@strawberry.type
class CodedValue:
    code: str


@strawberry.type
class ChangeRequest:
    id: strawberry.ID
    type: str
    state: str


@strawberry.type
class Account:
    id: strawberry.ID
    name: str
    client_name: str
    licence: CodedValue
    datapoints: int
    sector: CodedValue
    country: CodedValue
    rtc_lines: int
    mail_domain: str | None
    starts_on: date
    expires_on: date
    zone: Zone

    @strawberry.field
    async def pending_requests(self, info: Info[Any, None]) -> list[ChangeRequest]:
        found = await info.context["pending"].load(int(self.id))
        return [
            ChangeRequest(id=strawberry.ID(str(request.id)), type=request.type, state=request.state)
            for request in found
        ]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Accounts:
    nodes: list[Account]
    page_info: PageInfo


@strawberry.type
class Query:
    @strawberry.field
    async def accounts(
        self,
        info: Info[Any, None],
        zone: Zone,
        search: str | None = None,
        first: int = PAGE_SIZE,
        after: str | None = None,
    ) -> Accounts:
        user = info.context["user"]
        today = clock.today((await user.organisation).time_zone)
        active = models.Account.filter(organisation_id=user.organisation_id, expires_on__gte=today)
        found = await active.order_by("name", "id").limit(first + 1)
        return Accounts(
            nodes=[_account(model) for model in found[:first]],
            page_info=PageInfo(has_next_page=len(found) > first, end_cursor=found[-1].name if found else None),
        )


class Endpoint(GraphQL[Any, None]):
    async def get_context(self, request: Any, response: Any) -> Any:
        """The user of the access token, and the loader of pending requests."""
        digest = hashlib.sha256(request.headers["authorization"].removeprefix("Bearer ").encode()).hexdigest()
        token = await SessionToken.get(digest=digest, ends_at__gt=clock.now()).select_related("session__user")
        return {"user": token.session.user, "pending": DataLoader(_pending)}


def _account(model: models.Account) -> Account:
    return Account(
        id=strawberry.ID(str(model.id)),
        name=model.name,
        client_name=model.client_name,
        licence=CodedValue(code=model.licence),
        datapoints=model.datapoints,
        sector=CodedValue(code=model.sector),
        country=CodedValue(code=model.country),
        rtc_lines=model.rtc_lines,
        mail_domain=model.mail_domain,
        starts_on=model.starts_on,
        expires_on=model.expires_on,
        zone=Zone.ACTIVE,
    )


async def _pending(account_ids: list[int]) -> list[list[RequestModel]]:
    by_account: dict[int | None, list[RequestModel]] = defaultdict(list)
    for request in await RequestModel.filter(account_id__in=account_ids, state="PENDING"):
        by_account[request.account_id].append(request)
    return [by_account[account_id] for account_id in account_ids]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with database(os.environ["DATABASE_URL"]):
        yield


SCHEMA = strawberry.Schema(Query, extensions=[lambda: ParserCache(), lambda: ValidationCache()])
ENDPOINT = Endpoint(SCHEMA)


async def _answer(request: Request) -> Response:
    return await ENDPOINT.run(request)


app = Starlette(routes=[Route("/graphql", _answer, methods=["POST"])], lifespan=_lifespan)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", access_log=False)
