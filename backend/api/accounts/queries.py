"""Accounts, and what they come to: lists, one by its id, figures, clients."""

from datetime import date
from typing import Annotated

import strawberry

from backend.accounts import lists as account_lists
from backend.accounts.clients import clients_of
from backend.accounts.lists import AccountList, AccountOrderField
from backend.accounts.models import Account
from backend.accounts.zones import Zone
from backend.api.accounts.portfolio import Portfolio
from backend.api.accounts.types import AccountType, HomeAccount
from backend.api.core.authorization import IN_SECTION, Audience, Requires, visible_to
from backend.api.core.connections import Connection, Direction, connection
from backend.api.core.context import Info
from backend.api.core.nodes import NODE_TYPES, NodeType
from backend.errors import NotFound
from backend.global_ids import key_in
from backend.identity.roles import Permission
from backend.identity.scope import Scope
from backend.requests.lists import RequestList
from backend.requests.models import RequestState

strawberry.enum(AccountOrderField, description="What accounts may be sorted by.")

ClientSearch = Annotated[
    str | None, strawberry.argument(description="Part of a client's name, whatever the case; null for all.")
]


@strawberry.input(
    name="AccountFilter", description="What the accounts of a list have in common; what is left out is no condition."
)
class AccountFilterInput:
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


@visible_to(Audience.PARENT)
@strawberry.type(description="How many objects each zone of the section holds.")
class ZoneCounts:
    active: int = strawberry.field(description="Accounts under contract.")
    expired: int = strawberry.field(description="Accounts whose term is over.")
    applications: int = strawberry.field(description="Requests that await Customer Success.")


@strawberry.type
class AccountQueries:
    @strawberry.field(
        extensions=[Requires(Permission.SEE_HOME)], description="The organisation's active accounts, for the home page."
    )
    async def home_accounts(
        self, info: Info, search: str | None = None, first: int = 50, after: str | None = None
    ) -> Connection[HomeAccount]:
        found = AccountList(info.context.viewer, Zone.ACTIVE, search)
        order = account_lists.order_by(AccountOrderField.NAME, descending=False)
        page = await found.page(order, first, after, info.row_json)
        return connection(page, lambda model: HomeAccount(model=model), found.count)

    @strawberry.field(extensions=[IN_SECTION], description="The counts beside the three zones.")
    async def zone_counts(self, info: Info) -> ZoneCounts:
        active, expired = await account_lists.count_by_zone(info.context.viewer)
        applications = await RequestList(info.context.viewer, [RequestState.PENDING]).count()
        return ZoneCounts(active=active, expired=expired, applications=applications)

    @strawberry.field(extensions=[IN_SECTION], description="An account by its id.")
    async def account(self, info: Info, id: strawberry.ID) -> AccountType | None:
        return await _account(key_in(id, "Account"), info)

    @strawberry.field(extensions=[IN_SECTION], description="The accounts of a zone; by name unless said otherwise.")
    async def accounts(
        self,
        info: Info,
        zone: Zone,
        search: str | None = None,
        filter: AccountFilterInput | None = None,
        order_by: AccountOrder | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[AccountType]:
        conditions = filter.conditions() if filter else account_lists.AccountFilter()
        found = AccountList(info.context.viewer, zone, search, conditions)
        order_by = order_by or AccountOrder(field=AccountOrderField.NAME)
        order = account_lists.order_by(order_by.field, order_by.direction is Direction.DESC)
        page = await found.page(order, first, after, info.row_json)
        return connection(page, lambda model: AccountType(model=model), found.count)

    @strawberry.field(extensions=[IN_SECTION], description="The accounts of a zone in figures.")
    async def portfolio(
        self, info: Info, zone: Zone = Zone.ACTIVE, search: str | None = None, filter: AccountFilterInput | None = None
    ) -> Portfolio:
        conditions = filter.conditions() if filter else account_lists.AccountFilter()
        return await Portfolio.of(AccountList(info.context.viewer, zone, search, conditions))

    @strawberry.field(extensions=[IN_SECTION], description="Names of the accounts' clients, in their order.")
    async def clients(self, info: Info, search: ClientSearch = None, first: int = 20) -> list[str]:
        return await clients_of(info.context.viewer, search, first)


async def _account(key: int, info: Info) -> AccountType:
    model = await Scope.of(info.context.viewer).queryset(Account).filter(id=key).first()
    if model is None:
        raise NotFound
    return AccountType(model=model)


NODE_TYPES["Account"] = NodeType(load=_account, of=lambda row: AccountType(model=row))
