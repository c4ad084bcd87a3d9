"""What a viewer may do, as the API shows it: no client guesses."""

import strawberry

from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.core.errors import user_error
from backend.api.core.nodes import LazyRequest
from backend.errors import Code
from backend.requests import actions
from backend.requests.actions import Action

strawberry.enum(Action, description="What can be done with an account (REQUEST_…) or with a request.")


@visible_to(Audience.PARENT)
@strawberry.type(description="Why something may not be done now.")
class ActionReason:
    code: Code = strawberry.field(description="For clients to branch on.")
    message: str = strawberry.field(description="For the viewer, in their language.")
    request: LazyRequest | None = strawberry.field(description="The request that stands in the way.")


@visible_to(Audience.PARENT)
@strawberry.type(name="AllowedAction", description="An action, and whether the viewer may take it now.")
class AllowedActionType:
    action: Action = strawberry.field(description="The action.")
    allowed: bool = strawberry.field(description="Whether it would be accepted now.")
    reason: ActionReason | None = strawberry.field(description="Why not.")

    @classmethod
    async def of(cls, allowed: actions.AllowedAction, info: Info) -> "AllowedActionType":
        """The API's view of an action."""
        if allowed.problem is None:
            return cls(action=allowed.action, allowed=True, reason=None)
        error = await user_error(allowed.problem, info)
        reason = ActionReason(code=error.code, message=error.message, request=error.request)
        return cls(action=allowed.action, allowed=False, reason=reason)
