"""Accounts as the API shows them: on the home page in part, in the section whole."""

from datetime import date

import strawberry

from backend.accounts import models, zones
from backend.accounts.datapoints_history import steps
from backend.accounts.timeline import TimelineKind, TimelineList
from backend.accounts.zones import Zone
from backend.global_ids import global_id
from backend.graphql.actions import AllowedAction
from backend.graphql.catalogue import Country, Licence, Sector, country, licence, sector
from backend.graphql.connections import Connection, connection
from backend.graphql.context import Info
from backend.graphql.lazy import LazyRequest, request_of
from backend.graphql.mails import Reminder
from backend.graphql.nodes import Node
from backend.graphql.people import Organisation, organisation
from backend.graphql.reach import Reach, reached
from backend.graphql.timeline import TimelineEvent
from backend.mail.reminders import MOST_TERMS, reminders_of
from backend.problems import BadInput
from backend.requests.actions import actions_on_account

strawberry.enum(Zone, description="Active through the expiry day in the organisation's time zone, then expired.")


@strawberry.type
class AccountFacts:
    model: strawberry.Private[models.Account]

    @strawberry.field(description="Opaque and global.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Account", self.model.id))

    @strawberry.field(description="Unique in its organisation, whatever the case.")
    def name(self) -> str:
        return self.model.name

    @strawberry.field(description="Whom the account is for.")
    def client_name(self) -> str:
        return self.model.client_name

    @strawberry.field(description="Its licence.")
    def licence(self, info: Info) -> Licence:
        return licence(self.model.licence, info.context.language)

    @strawberry.field(description="The number of contracted measuring points; never under 20.")
    def datapoints(self) -> int:
        return self.model.datapoints

    @strawberry.field(description="The last day of the current term.")
    def expires_on(self) -> date:
        return self.model.expires_on

    @strawberry.field(description="Whole days from the organisation's today to the expiry day; negative once expired.")
    async def days_left(self, info: Info) -> int:
        return (self.model.expires_on - await _today(self.model, info)).days

    @strawberry.field(description="Active or expired, today.")
    async def zone(self, info: Info) -> Zone:
        return zones.zone(self.model.expires_on, await _today(self.model, info))


@reached(Reach.HOME)
@strawberry.type(description="An account as every user of its organisation sees it on the home page.")
class HomeAccount(AccountFacts):
    pass


@reached(Reach.PARENT)
@strawberry.type(description="From this day on an account had so many datapoints.")
class DatapointsStep:
    on: date = strawberry.field(description="In the organisation's calendar.")
    datapoints: int = strawberry.field(description="The contracted number from then on.")


@reached(Reach.SECTION)
@strawberry.type(description="A contract on the platform.")
class Account(AccountFacts, Node):
    @strawberry.field(description="Its sector.")
    def sector(self, info: Info) -> Sector:
        return sector(self.model.sector, info.context.language)

    @strawberry.field(description="Where it is.")
    def country(self, info: Info) -> Country:
        return country(self.model.country, info.context.language)

    @strawberry.field(description="Electricity meters read by modem every 24 h; Spain only.")
    def rtc_lines(self) -> int:
        return self.model.rtc_lines

    @strawberry.field(description="The e-mail domain that its mails come from; null for the platform's.")
    def mail_domain(self) -> str | None:
        return self.model.mail_domain

    @strawberry.field(description="The first day of the current term.")
    def starts_on(self) -> date:
        return self.model.starts_on

    @strawberry.field(description="Whose it is.")
    async def organisation(self, info: Info) -> Organisation:
        return await organisation(self.model.organisation_id, info)

    @strawberry.field(description="Its requests that await Customer Success.")
    async def pending_requests(self, info: Info) -> list[LazyRequest]:
        return [request_of(request) for request in await info.context.loaders.pending_requests.load(self.model.id)]

    @strawberry.field(description="What happened, newest first; of some kinds or of all.")
    async def timeline(
        self, kinds: list[TimelineKind] | None = None, first: int = 50, after: str | None = None
    ) -> Connection[TimelineEvent]:
        events = TimelineList(self.model.id, kinds)
        page = await events.page(first, after)
        nodes = [TimelineEvent(model=event) for event in page.rows]
        return connection(page, nodes, events.count)

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
    async def reminders(self, terms: int = 2) -> list[Reminder]:
        if not 1 <= terms <= MOST_TERMS:
            raise BadInput
        return [Reminder(of=one) for one in await reminders_of(self.model, terms)]

    @strawberry.field(description="What the viewer may do with it now and, where they may not, why.")
    async def allowed_actions(self, info: Info) -> list[AllowedAction]:
        pending = await info.context.loaders.pending_requests.load(self.model.id)
        actions = actions_on_account(
            self.model,
            info.context.viewer,
            await _today(self.model, info),
            {request.type: request.id for request in pending},
        )
        return [await AllowedAction.of(action, info) for action in actions]


async def _today(account: models.Account, info: Info) -> date:
    owner = await info.context.loaders.organisation.load(account.organisation_id)
    return info.context.today(owner.time_zone)
