"""Change requests as the API shows them: one interface, one object for each type."""

from datetime import datetime

import strawberry

from backend.accounts import changes
from backend.accounts.models import Account as AccountModel
from backend.api.accounts.types import AccountType
from backend.api.catalogue import Country, Licence, Sector, country, licence, sector
from backend.api.core.actions import AllowedActionType
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.core.field_changes import FieldChangeType
from backend.api.core.field_resolvers import enum_field, key_field, model_field
from backend.api.core.nodes import Node
from backend.api.core.sql_fields import tell_apart
from backend.api.identity.types import OrganisationType, Person, organisation, person
from backend.api.requests.previews import PreviewType
from backend.requests import models
from backend.requests.actions import actions_on_request
from backend.requests.change import RequestType
from backend.requests.models import RequestState
from backend.requests.preview import preview, preview_of_newer_version
from backend.requests.target import change_of, rule_context

strawberry.enum(RequestType, description="What is asked for.")
strawberry.enum(RequestState, description="PENDING, then exactly one of the others; all three are final.")


@visible_to(Audience.PARENT)
@strawberry.type(description="How a request ended.")
class Decision:
    by: Person = strawberry.field(description="Who decided or withdrew.")
    at: datetime = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why it was rejected.")


@visible_to(Audience.PARENT)
@strawberry.type(name="ClientTotal", description="What an organisation holds for a client now, in active accounts.")
class ClientTotalType:
    client_name: str = strawberry.field(description="Whom the accounts are for.")
    accounts: int = strawberry.field(description="How many accounts.")
    datapoints: int = strawberry.field(description="Their contracted datapoints.")


@visible_to(Audience.SECTION)
@strawberry.interface(
    name="ChangeRequest", description="A request to create or change an account; approval applies it."
)
class ChangeRequestType(Node):
    model: strawberry.Private[models.ChangeRequest]

    id: strawberry.ID = strawberry.field(resolver=key_field("ChangeRequest"), description="Opaque and global.")

    type: RequestType = strawberry.field(resolver=enum_field("type", RequestType), description="What is asked for.")

    type_name: str = strawberry.field(
        resolver=model_field("type"), description="The same by name, also of a type that only a newer version knows."
    )

    state: RequestState = strawberry.field(resolver=enum_field("state", RequestState), description="Where it stands.")

    state_name: str = strawberry.field(
        resolver=model_field("state"), description="The same by name, also of a state that only a newer version knows."
    )

    account_name: str = strawberry.field(
        resolver=model_field("account_name"), description="The account's name when it was filed, or the name asked for."
    )

    requested_at: datetime = strawberry.field(resolver=model_field("requested_at"), description="When it was filed.")

    comment: str = strawberry.field(
        resolver=model_field("comment"), description="What the requester added; may be empty."
    )

    @strawberry.field(description="Null while a new account is not approved.")
    async def account(self, info: Info) -> AccountType | None:
        if self.model.account_id is None:
            return None
        return AccountType(model=await info.context.loaders.account.load(self.model.account_id))

    @strawberry.field(description="Whose it is.")
    async def organisation(self, info: Info) -> OrganisationType:
        return await organisation(self.model.organisation_id, info)

    @strawberry.field(description="What its organisation holds for the same client now.")
    async def client_total(self, info: Info) -> ClientTotalType:
        account = await self.account(info)
        name = account.model.client_name if account else str(self.model.fields_.get("client_name", ""))
        total = await info.context.loaders.client_total.load((self.model.organisation_id, name))
        return ClientTotalType(client_name=name, accounts=total.accounts, datapoints=total.datapoints)

    @strawberry.field(description="Who filed it.")
    async def requested_by(self, info: Info) -> Person:
        return await person(self.model.requested_by_id, info)

    @strawberry.field(description="Null while it is pending.")
    async def decision(self, info: Info) -> Decision | None:
        if self.model.decided_by_id is None or self.model.decided_at is None:
            return None
        by = await person(self.model.decided_by_id, info)
        return Decision(by=by, at=self.model.decided_at, reason=self.model.reason)

    @strawberry.field(description="What approval would do now; once decided, what it was about.")
    async def preview(self, info: Info) -> PreviewType:
        return await _preview_of(self.model, info)

    @strawberry.field(description="What the viewer may do with it now and, where they may not, why.")
    async def allowed_actions(self, info: Info) -> list[AllowedActionType]:
        decider_id = self.model.decided_by_id
        decider = await info.context.loaders.user.load(decider_id) if decider_id else None
        actions = actions_on_request(self.model, info.context.viewer, decider.name if decider else None)
        return [await AllowedActionType.of(action, info) for action in actions]


@visible_to(Audience.SECTION)
@strawberry.type(description="A request to open an account.")
class NewAccountRequest(ChangeRequestType):
    @strawberry.field(description="Whom the account is for.")
    def client_name(self) -> str:
        return str(self.model.fields_["client_name"])

    @strawberry.field(description="The licence asked for.")
    def licence(self, info: Info) -> Licence:
        return licence(self.model.fields_["licence"], info.context.language)

    @strawberry.field(description="The datapoints asked for.")
    def datapoints(self) -> int:
        return int(self.model.fields_["datapoints"])

    @strawberry.field(description="The length of the term in calendar months.")
    def period_months(self) -> int:
        return int(self.model.fields_["period_months"])

    @strawberry.field(description="Its sector.")
    def sector(self, info: Info) -> Sector:
        return sector(self.model.fields_["sector"], info.context.language)

    @strawberry.field(description="Where it is.")
    def country(self, info: Info) -> Country:
        return country(self.model.fields_["country"], info.context.language)

    @strawberry.field(description="Electricity meters read by modem every 24 h; Spain only.")
    def rtc_lines(self) -> int:
        return int(self.model.fields_["rtc_lines"])

    @strawberry.field(description="The e-mail domain asked for; null for the platform's.")
    def mail_domain(self) -> str | None:
        domain: str | None = self.model.fields_["mail_domain"]
        return domain


@visible_to(Audience.SECTION)
@strawberry.type(description="A request to add datapoints to an account, or to release some.")
class DatapointsRequest(ChangeRequestType):
    @strawberry.field(description="How many to add; negative releases.")
    def delta(self) -> int:
        return int(self.model.fields_["delta"])


@visible_to(Audience.SECTION)
@strawberry.type(description="A request for another licence.")
class LicenceRequest(ChangeRequestType):
    @strawberry.field(description="The licence asked for.")
    def licence(self, info: Info) -> Licence:
        return licence(self.model.fields_["licence"], info.context.language)


@visible_to(Audience.SECTION)
@strawberry.type(description="A request for a further term.")
class RenewalRequest(ChangeRequestType):
    @strawberry.field(description="The length of the new term in calendar months.")
    def period_months(self) -> int:
        return int(self.model.fields_["period_months"])


@visible_to(Audience.SECTION)
@strawberry.type(
    description="A request of a type that only a newer version of this server knows: it cannot be decided here."
)
class OtherRequest(ChangeRequestType):
    pass


OBJECT_TYPES: dict[RequestType, type[ChangeRequestType]] = {
    RequestType.NEW_ACCOUNT: NewAccountRequest,
    RequestType.DATAPOINTS: DatapointsRequest,
    RequestType.LICENCE: LicenceRequest,
    RequestType.RENEWAL: RenewalRequest,
}

tell_apart(ChangeRequestType, "type", OBJECT_TYPES, OtherRequest)


def object_of(model: models.ChangeRequest) -> ChangeRequestType:
    """A stored request as an object of its type."""
    return OBJECT_TYPES.get(RequestType(model.type), OtherRequest)(model=model)


async def _preview_of(request: models.ChangeRequest, info: Info) -> PreviewType:
    if request.state != RequestState.PENDING:
        made = [FieldChangeType.of(changes.FieldChange.from_json(stored)) for stored in request.changes]
        return PreviewType(version="", changes=made, rules=[], allowed=False)
    loaders = info.context.loaders
    change = change_of(request)
    if change is None:
        return PreviewType.of(preview_of_newer_version(), info)
    account = await loaders.account.load(request.account_id) if request.account_id else None
    owner = await loaders.organisation.load(request.organisation_id)
    subject = account or AccountModel(organisation_id=owner.id, version=0)
    requester = await loaders.user.load(request.requested_by_id)
    name = change.claimed_name
    name_is_taken = name is not None and await loaders.name_taken.load((owner.id, name))
    at = rule_context(owner, requester, name_is_taken=name_is_taken)
    return PreviewType.of(preview(change, subject, at), info)
