"""Requests: lists, one by its id, counts, and what filing one would ask for."""

from typing import Annotated

import strawberry

from backend.api.core.authorization import IN_SECTION, Requires
from backend.api.core.connections import Connection, Direction, connection
from backend.api.core.context import Info
from backend.api.core.nodes import NODE_TYPES, NodeType
from backend.api.requests.lists import RequestFilterInput, RequestTypeCount, conditions_of
from backend.api.requests.previews import PreviewType
from backend.api.requests.registry import ChangeInput, object_of
from backend.api.requests.types import ChangeRequestType
from backend.errors import NotFound
from backend.global_ids import key_in
from backend.identity.roles import Permission, require
from backend.identity.scope import Scope
from backend.requests import lifecycle
from backend.requests.change import RequestType
from backend.requests.lists import RequestList, RequestOrderField, by_time
from backend.requests.models import ChangeRequest, RequestState

strawberry.enum(RequestOrderField, description="What requests may be sorted by.")

RequestSearch = Annotated[
    str | None,
    strawberry.argument(
        description="Part of the account's name or of its client's, or of those asked for; for Customer Success of the"
        " organisation's too. Whatever the case; null for all."
    ),
]


@strawberry.input(description="How a list of requests is sorted.")
class RequestOrder:
    field: RequestOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class RequestQueries:
    @strawberry.field(extensions=[IN_SECTION], description="A request by its id.")
    async def change_request(self, info: Info, id: strawberry.ID) -> ChangeRequestType | None:
        return await _request(key_in(id, "ChangeRequest"), info)

    @strawberry.field(
        extensions=[IN_SECTION], description="Requests of some states; oldest first unless said otherwise."
    )
    async def change_requests(
        self,
        info: Info,
        states: list[RequestState] = [RequestState.PENDING],  # noqa: B006 - the schema's default, never changed
        types: list[RequestType] | None = None,
        search: RequestSearch = None,
        filter: RequestFilterInput | None = None,
        order_by: RequestOrder | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[ChangeRequestType]:
        found = RequestList(info.context.viewer, states, types, search, conditions_of(filter))
        order = by_time(order_by is not None and order_by.direction is Direction.DESC)
        page = await found.page(order, first, after, info.row_json)
        return connection(page, object_of, found.count)

    @strawberry.field(extensions=[IN_SECTION], description="How many requests of each type such a list has.")
    async def request_counts(
        self,
        info: Info,
        states: list[RequestState] = [RequestState.PENDING],  # noqa: B006 - as above
        search: RequestSearch = None,
        filter: RequestFilterInput | None = None,
    ) -> list[RequestTypeCount]:
        found = RequestList(info.context.viewer, states, None, search, conditions_of(filter))
        return [
            RequestTypeCount(type=RequestType(name), type_name=name, count=n)
            for name, n in (await found.count_by_type()).items()
        ]

    @strawberry.field(
        extensions=[Requires(Permission.FILE_REQUESTS)], description="What filing a change now would ask for."
    )
    async def preview(self, info: Info, change: ChangeInput) -> PreviewType:
        return PreviewType.of(await lifecycle.preview_filing(change.change(), by=info.context.viewer), info)


async def _request(key: int, info: Info) -> ChangeRequestType:
    require(info.context.viewer, Permission.SEE_SECTION)
    model = await Scope.of(info.context.viewer).queryset(ChangeRequest).filter(id=key).first()
    if model is None:
        raise NotFound
    return object_of(model)


NODE_TYPES["ChangeRequest"] = NodeType(load=_request, of=object_of)
