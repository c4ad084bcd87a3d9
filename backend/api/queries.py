"""The queries."""

from datetime import date
from typing import Annotated

import strawberry

from backend import global_ids
from backend.accounts import lists as account_lists
from backend.accounts.clients import clients_of
from backend.accounts.lists import AccountList, AccountOrderField
from backend.accounts.scope import visible_to as accounts_visible_to
from backend.accounts.zones import Zone
from backend.api.accounts.portfolio import Portfolio
from backend.api.accounts.types import Account, HomeAccount
from backend.api.catalogue import Catalogue, resolve_catalogue
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.connections import Connection, Direction, connection
from backend.api.core.context import Info
from backend.api.core.guards import Anybody, Requires, SignedIn
from backend.api.core.nodes import Node
from backend.api.identity.demo import Demo, resolve_demo
from backend.api.identity.devices import Device, resolve_devices
from backend.api.identity.types import Viewer, resolve_viewer
from backend.api.requests.filing import ChangeInput
from backend.api.requests.lists import RequestFilter, RequestTypeCount, conditions_of
from backend.api.requests.previews import Preview
from backend.api.requests.types import ChangeRequest, object_of
from backend.errors import BadInput, NotFound
from backend.global_ids import key_in
from backend.identity.roles import Permission
from backend.requests import lifecycle
from backend.requests.change import RequestType
from backend.requests.lists import RequestList, RequestOrderField, by_time
from backend.requests.models import RequestState
from backend.requests.scope import visible_to as requests_visible_to

strawberry.enum(AccountOrderField, description="What accounts may be sorted by.")
strawberry.enum(RequestOrderField, description="What requests may be sorted by.")

IN_SECTION = Requires(Permission.SEE_SECTION)

RequestSearch = Annotated[
    str | None,
    strawberry.argument(
        description="Part of the account's name or of its client's, or of those asked for; for Customer Success of the"
        " organisation's too. Whatever the case; null for all."
    ),
]

ClientSearch = Annotated[
    str | None, strawberry.argument(description="Part of a client's name, whatever the case; null for all.")
]


@strawberry.input(description="What the accounts of a list have in common; what is left out is no condition.")
class AccountFilter:
    licences: list[str] | None = strawberry.field(default=None, description="One of these codes.")
    sectors: list[str] | None = strawberry.field(default=None, description="One of these codes.")
    countries: list[str] | None = strawberry.field(default=None, description="One of these codes.")
    client_name: str | None = strawberry.field(default=None, description="Exactly this client, whatever the case.")
    expires_from: date | None = strawberry.field(default=None, description="Expiring on this day or later.")
    expires_to: date | None = strawberry.field(default=None, description="Expiring on this day or earlier.")

    def conditions(self) -> account_lists.AccountFilter:
        """As the room of accounts takes them."""
        return account_lists.AccountFilter(
            self.licences, self.sectors, self.countries, self.client_name, self.expires_from, self.expires_to
        )


@strawberry.input(description="How a list of accounts is sorted.")
class AccountOrder:
    field: AccountOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.input(description="How a list of requests is sorted.")
class RequestOrder:
    field: RequestOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@visible_to(Audience.PARENT)
@strawberry.type(description="How many objects each zone of the section holds.")
class ZoneCounts:
    active: int = strawberry.field(description="Accounts under contract.")
    expired: int = strawberry.field(description="Accounts whose term is over.")
    applications: int = strawberry.field(description="Requests that await Customer Success.")


@strawberry.type
class Query:
    viewer: Viewer | None = strawberry.field(
        resolver=resolve_viewer, extensions=[Anybody()], description="Who is signed in; null for nobody."
    )
    demo: Demo | None = strawberry.field(
        resolver=resolve_demo, extensions=[Anybody()], description="Present in the demo only."
    )
    catalogue: Catalogue = strawberry.field(
        resolver=resolve_catalogue, extensions=[SignedIn()], description="Licences, sectors, countries and bounds."
    )

    devices: list[Device] = strawberry.field(
        resolver=resolve_devices,
        extensions=[SignedIn()],
        description="Where the viewer is signed in, latest used first.",
    )

    @strawberry.field(extensions=[IN_SECTION], description="An account or a request by its id.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        type_name, key = global_ids.parts_of(id)
        if type_name == "Account":
            return await _account(key, info)
        if type_name == "ChangeRequest":
            return await _request(key, info)
        raise BadInput

    @strawberry.field(
        extensions=[Requires(Permission.SEE_HOME)], description="The organisation's active accounts, for the home page."
    )
    async def home_accounts(
        self, info: Info, search: str | None = None, first: int = 50, after: str | None = None
    ) -> Connection[HomeAccount]:
        found = AccountList(info.context.viewer, Zone.ACTIVE, search)
        order = account_lists.order_by(AccountOrderField.NAME, descending=False)
        page = await found.page(order, first, after, info.context.row_json)
        return connection(page, lambda model: HomeAccount(model=model), found.count)

    @strawberry.field(extensions=[IN_SECTION], description="The counts beside the three zones.")
    async def zone_counts(self, info: Info) -> ZoneCounts:
        active, expired = await account_lists.count_by_zone(info.context.viewer)
        applications = await RequestList(info.context.viewer, [RequestState.PENDING]).count()
        return ZoneCounts(active=active, expired=expired, applications=applications)

    @strawberry.field(extensions=[IN_SECTION], description="An account by its id.")
    async def account(self, info: Info, id: strawberry.ID) -> Account | None:
        return await _account(key_in(id, "Account"), info)

    @strawberry.field(extensions=[IN_SECTION], description="The accounts of a zone; by name unless said otherwise.")
    async def accounts(
        self,
        info: Info,
        zone: Zone,
        search: str | None = None,
        filter: AccountFilter | None = None,
        order_by: AccountOrder | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[Account]:
        conditions = filter.conditions() if filter else account_lists.AccountFilter()
        found = AccountList(info.context.viewer, zone, search, conditions)
        order_by = order_by or AccountOrder(field=AccountOrderField.NAME)
        order = account_lists.order_by(order_by.field, order_by.direction is Direction.DESC)
        page = await found.page(order, first, after, info.context.row_json)
        return connection(page, lambda model: Account(model=model), found.count)

    @strawberry.field(extensions=[IN_SECTION], description="The accounts of a zone in figures.")
    async def portfolio(
        self, info: Info, zone: Zone = Zone.ACTIVE, search: str | None = None, filter: AccountFilter | None = None
    ) -> Portfolio:
        conditions = filter.conditions() if filter else account_lists.AccountFilter()
        return await Portfolio.of(AccountList(info.context.viewer, zone, search, conditions))

    @strawberry.field(extensions=[IN_SECTION], description="Names of the accounts' clients, in their order.")
    async def clients(self, info: Info, search: ClientSearch = None, first: int = 20) -> list[str]:
        return await clients_of(info.context.viewer, search, first)

    @strawberry.field(extensions=[IN_SECTION], description="A request by its id.")
    async def change_request(self, info: Info, id: strawberry.ID) -> ChangeRequest | None:
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
        filter: RequestFilter | None = None,
        order_by: RequestOrder | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[ChangeRequest]:
        found = RequestList(info.context.viewer, states, types, search, conditions_of(filter))
        order = by_time(order_by is not None and order_by.direction is Direction.DESC)
        page = await found.page(order, first, after, info.context.row_json)
        return connection(page, object_of, found.count)

    @strawberry.field(extensions=[IN_SECTION], description="How many requests of each type such a list has.")
    async def request_counts(
        self,
        info: Info,
        states: list[RequestState] = [RequestState.PENDING],  # noqa: B006 - as above
        search: RequestSearch = None,
        filter: RequestFilter | None = None,
    ) -> list[RequestTypeCount]:
        found = RequestList(info.context.viewer, states, None, search, conditions_of(filter))
        return [
            RequestTypeCount(type=RequestType(name), type_name=name, count=n)
            for name, n in (await found.count_by_type()).items()
        ]

    @strawberry.field(
        extensions=[Requires(Permission.FILE_REQUESTS)], description="What filing a change now would ask for."
    )
    async def preview(self, info: Info, change: ChangeInput) -> Preview:
        return Preview.of(await lifecycle.preview_filing(change.asked(), by=info.context.viewer), info)


async def _account(key: int, info: Info) -> Account:
    model = await accounts_visible_to(info.context.viewer).filter(id=key).first()
    if model is None:
        raise NotFound
    return Account(model=model)


async def _request(key: int, info: Info) -> ChangeRequest:
    model = await requests_visible_to(info.context.viewer).filter(id=key).first()
    if model is None:
        raise NotFound
    return object_of(model)
