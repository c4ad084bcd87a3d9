"""Requests to add datapoints to an account, or to release some."""

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
from backend.requests.change import RequestType
from backend.requests.types.datapoints import DatapointsChange


@strawberry.input(description="Datapoints to add to an account, or to release.")
class DatapointsChangeInput(FilingInput):
    account_id: strawberry.ID = strawberry.field(description="An active account.")
    delta: int = strawberry.field(description="Not 0; negative releases; 20 at least remain.")
    comment: str = strawberry.field(default="", description=COMMENT_DESCRIPTION)
    preview_version: str | None = strawberry.field(default=None, description=PREVIEW_VERSION_DESCRIPTION)
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def change(self) -> DatapointsChange:
        """The change that it asks for."""
        return DatapointsChange(key_in(self.account_id, "Account"), self.delta)


@visible_to(Audience.SECTION)
@strawberry.type(description="A request to add datapoints to an account, or to release some.")
class DatapointsRequest(ChangeRequestType):
    @strawberry.field(description="How many to add; negative releases.")
    def delta(self) -> int:
        return int(self.model.fields_["delta"])


API = RequestTypeApi(
    RequestType.DATAPOINTS,
    summary="More datapoints, or fewer.",
    filing="Ask for more datapoints, or release some.",
    input=DatapointsChangeInput,
    object=DatapointsRequest,
)
