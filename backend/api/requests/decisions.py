"""Approving, rejecting and withdrawing requests."""

import strawberry

from backend.api.accounts.types import AccountType
from backend.api.core.authorization import Audience, Requires, visible_to
from backend.api.core.context import Info
from backend.api.core.errors import UserError
from backend.api.requests.payloads import KEY_DESCRIPTION, answered
from backend.api.requests.registry import object_of
from backend.api.requests.types import ChangeRequestType
from backend.global_ids import key_in
from backend.identity.roles import Permission
from backend.requests import lifecycle

MAY_DECIDE = Requires(Permission.DECIDE_REQUESTS)
MAY_WITHDRAW = Requires(Permission.WITHDRAW_REQUESTS)


@strawberry.input(description="A request to approve.")
class ApproveRequestInput:
    id: strawberry.ID = strawberry.field(description="A pending request.")
    preview_version: str = strawberry.field(
        description="The version of the preview that was shown; if the account changed since, the answer is STALE."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="A request to reject.")
class RejectRequestInput:
    id: strawberry.ID = strawberry.field(description="A pending request.")
    reason: str = strawberry.field(description="Shown to the requester; at most 500 characters.")
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="A request to withdraw.")
class WithdrawRequestInput:
    id: strawberry.ID = strawberry.field(description="A pending request of the viewer's organisation.")
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to approveRequest.")
class ApproveRequestPayload:
    request: ChangeRequestType | None = strawberry.field(description="The request; null when refused.")
    account: AccountType | None = strawberry.field(description="The account as it is now; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")
    client_mutation_id: str | None = strawberry.field(description="As it was sent.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to rejectRequest.")
class RejectRequestPayload:
    request: ChangeRequestType | None = strawberry.field(description="The request; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")
    client_mutation_id: str | None = strawberry.field(description="As it was sent.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to withdrawRequest.")
class WithdrawRequestPayload:
    request: ChangeRequestType | None = strawberry.field(description="The request; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")
    client_mutation_id: str | None = strawberry.field(description="As it was sent.")


@strawberry.type
class DecisionMutations:
    @strawberry.mutation(
        extensions=[MAY_DECIDE], description="Apply a request to its account, once. Customer Success only."
    )
    async def approve_request(self, info: Info, input: ApproveRequestInput) -> ApproveRequestPayload:
        request_id, by = key_in(input.id, "ChangeRequest"), info.context.viewer
        request, errors = await answered(
            info,
            input,
            lambda key: lifecycle.approve(request_id, by=by, preview_version=input.preview_version, key=key),
        )
        made = object_of(request) if request else None
        return ApproveRequestPayload(
            request=made,
            account=await made.account(info) if made else None,
            errors=errors,
            client_mutation_id=input.client_mutation_id,
        )

    @strawberry.mutation(
        extensions=[MAY_DECIDE], description="Turn a request down, for a reason. Customer Success only."
    )
    async def reject_request(self, info: Info, input: RejectRequestInput) -> RejectRequestPayload:
        request_id, by = key_in(input.id, "ChangeRequest"), info.context.viewer
        request, errors = await answered(
            info, input, lambda key: lifecycle.reject(request_id, by=by, reason=input.reason, key=key)
        )
        made = object_of(request) if request else None
        return RejectRequestPayload(request=made, errors=errors, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(extensions=[MAY_WITHDRAW], description="Take a pending request back.")
    async def withdraw_request(self, info: Info, input: WithdrawRequestInput) -> WithdrawRequestPayload:
        request_id, by = key_in(input.id, "ChangeRequest"), info.context.viewer
        request, errors = await answered(info, input, lambda key: lifecycle.withdraw(request_id, by=by, key=key))
        made = object_of(request) if request else None
        return WithdrawRequestPayload(request=made, errors=errors, client_mutation_id=input.client_mutation_id)
