"""How a mutation on requests answers: the request, or what its user can mend; then the world is told."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from backend.api.core.context import Info
from backend.api.core.errors import UserError, user_errors
from backend.errors import Refused
from backend.events import Event
from backend.requests.idempotency import idempotent
from backend.requests.models import ChangeRequest

KEY_DESCRIPTION = (
    "Idempotency key: the same key with the same input gives the first answer again. At most 200 characters."
)


async def answered(
    info: Info, input: Any, act: Callable[[], Awaitable[ChangeRequest]]
) -> tuple[ChangeRequest | None, list[UserError]]:
    """The request as it is after the act, or the errors of a refusal that changed nothing."""
    asked = {"operation": type(input).__name__, **strawberry.asdict(input), "client_mutation_id": None}
    try:
        request = await idempotent(act, by=info.context.viewer, key=input.client_mutation_id, asked=asked)
    except Refused as refusal:
        return None, await user_errors(refusal, info)
    # What was loaded before the act may have changed by it.
    info.context.become(info.context.user)
    await info.context.live.request_changed(Event(request.id, request.account_id, request.organisation_id))
    return request, []
