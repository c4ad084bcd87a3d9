"""Requests for a further term."""

import strawberry

from backend.api.core.authorization import Audience, visible_to
from backend.api.requests.payloads import KEY_DESCRIPTION
from backend.api.requests.request_type import (
    COMMENT_DESCRIPTION,
    PREVIEW_VERSION_DESCRIPTION,
    FilingInput,
    RequestTypeApi,
)
from backend.api.requests.types import ChangeRequestType
from backend.global_ids import key_in
from backend.requests.change import DEFAULT_PERIOD_MONTHS, RequestType
from backend.requests.types.renewal import Renewal


@strawberry.input(description="A further term for an account.")
class RenewalInput(FilingInput):
    account_id: strawberry.ID = strawberry.field(description="An account, active or expired.")
    period_months: int = strawberry.field(default=DEFAULT_PERIOD_MONTHS, description="1 to 60.")
    comment: str = strawberry.field(default="", description=COMMENT_DESCRIPTION)
    preview_version: str | None = strawberry.field(default=None, description=PREVIEW_VERSION_DESCRIPTION)
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def change(self) -> Renewal:
        """The change that it asks for."""
        return Renewal(key_in(self.account_id, "Account"), self.period_months)


@visible_to(Audience.SECTION)
@strawberry.type(description="A request for a further term.")
class RenewalRequest(ChangeRequestType):
    @strawberry.field(description="The length of the new term in calendar months.")
    def period_months(self) -> int:
        return int(self.model.fields_["period_months"])


API = RequestTypeApi(
    RequestType.RENEWAL,
    summary="A further term.",
    filing="Ask for a further term.",
    input=RenewalInput,
    object=RenewalRequest,
)
