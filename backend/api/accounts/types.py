"""Accounts as the API shows them: on the home page in part, in the section whole."""

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import strawberry

from backend.accounts import models, zones
from backend.accounts.datapoints_history import steps
from backend.accounts.timeline import TimelineFilter, TimelineKind
from backend.accounts.zones import Zone
from backend.api.accounts.timeline import TimelineEventType
from backend.api.catalogue import Country, Licence, Sector, country, entry_of_model, licence, sector
from backend.api.core.actions import AllowedActionType
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.connections import Connection, connection
from backend.api.core.context import Info
from backend.api.core.dataloaders import PENDING_IN_SQL
from backend.api.core.field_resolvers import Level, batched, key_field, model_field
from backend.api.core.nodes import LazyRequest, Node, request_of
from backend.api.core.sql_fields import Leaf
from backend.api.identity.types import OrganisationType, organisation
from backend.api.mail.types import ReminderType
from backend.catalogue import COUNTRIES, LICENCES, SECTORS
from backend.errors import BadInput
from backend.mail.reminders import MOST_TERMS
from backend.requests.actions import actions_on_account

if TYPE_CHECKING:
    from backend.api.requests.types import ChangeRequestType

strawberry.enum(Zone, description="Active through the expiry day in the organisation's time zone, then expired.")


async def _days_left(accounts: Level, info: Info) -> list[int]:
    return [(expires_on - today).days for expires_on, today in await _expiries(accounts, info)]


async def _zones(accounts: Level, info: Info) -> list[Zone]:
    return [zones.zone(expires_on, today) for expires_on, today in await _expiries(accounts, info)]


async def _expiries(accounts: Level, info: Info) -> Iterable[tuple[date, date]]:
    """The expiry day of each account, and the present day of its organisation."""
    owner_ids = accounts.column("organisation_id")
    owners = await info.context.loaders.organisation.load_many(list(set(owner_ids)))
    todays = {owner.id: info.context.today(owner.time_zone) for owner in owners}
    return zip(accounts.column("expires_on"), [todays[owner_id] for owner_id in owner_ids], strict=True)


async def _pending_requests(accounts: Level, info: Info) -> list[list["ChangeRequestType"]]:
    loaded = await info.context.loaders.pending_requests.load_many(accounts.column("id"))
    return [[request_of(request) for request in requests] if requests else [] for requests in loaded]


@strawberry.type
class AccountFacts:
    model: strawberry.Private[models.Account]

    id: strawberry.ID = strawberry.field(resolver=key_field("Account"), description="Opaque and global.")

    name: str = strawberry.field(
        resolver=model_field("name"), description="Unique in its organisation, whatever the case."
    )

    client_name: str = strawberry.field(resolver=model_field("client_name"), description="Whom the account is for.")

    licence: Licence = strawberry.field(
        resolver=entry_of_model("licence", licence, LICENCES), description="Its licence."
    )

    datapoints: int = strawberry.field(
        resolver=model_field("datapoints"), description="The number of contracted measuring points; never under 20."
    )

    expires_on: date = strawberry.field(
        resolver=model_field("expires_on"), description="The last day of the current term."
    )

    days_left: int = strawberry.field(
        resolver=batched(_days_left, Leaf("({row}.expires_on - {today})")),
        description="Whole days from the organisation's today to the expiry day; negative once expired.",
    )
    zone: Zone = strawberry.field(
        resolver=batched(_zones, Leaf(zones.ZONE_IN_SQL)), description="Active or expired, today."
    )


@visible_to(Audience.HOME)
@strawberry.type(description="An account as every user of its organisation sees it on the home page.")
class HomeAccount(AccountFacts):
    pass


@visible_to(Audience.PARENT)
@strawberry.type(description="From this day on an account had so many datapoints.")
class DatapointsStep:
    on: date = strawberry.field(description="In the organisation's calendar.")
    datapoints: int = strawberry.field(description="The contracted number from then on.")


@visible_to(Audience.SECTION)
@strawberry.type(name="Account", description="A contract on the platform.")
class AccountType(AccountFacts, Node):
    sector: Sector = strawberry.field(resolver=entry_of_model("sector", sector, SECTORS), description="Its sector.")

    country: Country = strawberry.field(
        resolver=entry_of_model("country", country, COUNTRIES), description="Where it is."
    )

    rtc_lines: int = strawberry.field(
        resolver=model_field("rtc_lines"), description="Electricity meters read by modem every 24 h; Spain only."
    )

    mail_domain: str | None = strawberry.field(
        resolver=model_field("mail_domain"),
        description="The e-mail domain that its mails come from; null for the platform's.",
    )

    starts_on: date = strawberry.field(
        resolver=model_field("starts_on"), description="The first day of the current term."
    )

    @strawberry.field(description="Whose it is.")
    async def organisation(self, info: Info) -> OrganisationType:
        return await organisation(self.model.organisation_id, info)

    pending_requests: list[LazyRequest] = strawberry.field(
        resolver=batched(_pending_requests, PENDING_IN_SQL), description="Its requests that await Customer Success."
    )

    @strawberry.field(description="What happened, newest first; of some kinds or of all.")
    async def timeline(
        self, info: Info, kinds: list[TimelineKind] | None = None, first: int = 50, after: str | None = None
    ) -> Connection[TimelineEventType]:
        loaders, id_ = info.context.loaders, self.model.id
        events = TimelineFilter(None if kinds is None else tuple(kinds))
        page = await loaders.timeline_page.load((id_, (events, first, after, info.row_json)))
        return connection(
            page, lambda model: TimelineEventType(model=model), partial(loaders.timeline_count.load, (id_, events))
        )

    @strawberry.field(description="Its contracted datapoints over time, oldest first; the last step holds today.")
    async def datapoints_history(self, info: Info) -> list[DatapointsStep]:
        changes = await info.context.loaders.datapoints_changes.load(self.model.id)
        owner = await info.context.loaders.organisation.load(self.model.organisation_id)
        return [
            DatapointsStep(on=step.on, datapoints=step.datapoints)
            for step in steps(self.model, changes, owner.time_zone)
        ]

    @strawberry.field(
        description="Its reminders to each recipient: of the present term, past and to come, and of terms before it;"
        " the newest term first. At most 20 terms."
    )
    async def reminders(self, info: Info, terms: int = 2) -> list[ReminderType]:
        if not 1 <= terms <= MOST_TERMS:
            raise BadInput
        return [ReminderType(of=one) for one in await info.context.loaders.reminders.load((self.model, terms))]

    @strawberry.field(description="What the viewer may do with it now and, where they may not, why.")
    async def allowed_actions(self, info: Info) -> list[AllowedActionType]:
        pending = await info.context.loaders.pending_requests.load(self.model.id)
        owner = await info.context.loaders.organisation.load(self.model.organisation_id)
        actions = actions_on_account(
            self.model,
            info.context.viewer,
            info.context.today(owner.time_zone),
            {request.type: request.id for request in pending},
        )
        return [await AllowedActionType.of(action, info) for action in actions]
