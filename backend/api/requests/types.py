"""Change requests as the API shows them: the interface, which an object of each type has (``registry.py``)."""

from datetime import datetime

import strawberry

from backend.accounts import changes
from backend.accounts.models import Account as AccountModel
from backend.api.accounts.types import AccountType
from backend.api.core.actions import AllowedActionType
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.core.field_changes import FieldChangeType
from backend.api.core.field_resolvers import enum_field, key_field, model_field
from backend.api.core.nodes import Node
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
