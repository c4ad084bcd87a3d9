"""How a mutation on requests answers: the request, or what its user can mend; then the world is told."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from backend.api.core.context import Info
from backend.api.core.errors import UserError, user_errors
from backend.errors import Refused
from backend.events import Event
from backend.requests.idempotency import IdempotencyKey
from backend.requests.models import ChangeRequest

KEY_DESCRIPTION = (
    "Idempotency key: the same key with the same input gives the first answer again. At most 200 characters."
)


async def answered(
    info: Info, input: Any, act: Callable[[IdempotencyKey | None], Awaitable[ChangeRequest]]
) -> tuple[ChangeRequest | None, list[UserError]]:
    """The request as it is after the act, or the errors of a refusal that changed nothing."""
    try:
        request = await act(_key_of(input))
    except Refused as refusal:
        return None, await user_errors(refusal, info)
    # What was loaded before the act may have changed by it.
    info.context.become(info.context.user)
    await info.context.live.request_changed(Event(request.id, request.account_id, request.organisation_id))
    return request, []


def _key_of(input: Any) -> IdempotencyKey | None:
    if input.client_mutation_id is None:
        return None
    arguments = {"operation": type(input).__name__, **strawberry.asdict(input), "client_mutation_id": None}
    return IdempotencyKey(input.client_mutation_id, arguments)
