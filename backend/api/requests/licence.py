"""Requests for another licence."""

import strawberry

from backend.api.catalogue import Licence, licence
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
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
from backend.requests.types.licence import LicenceChange


@strawberry.input(description="Another licence for an account.")
class LicenceChangeInput(FilingInput):
    account_id: strawberry.ID = strawberry.field(description="An active account.")
    licence: str = strawberry.field(description="A code of the catalogue; not the current one.")
    comment: str = strawberry.field(default="", description=COMMENT_DESCRIPTION)
    preview_version: str | None = strawberry.field(default=None, description=PREVIEW_VERSION_DESCRIPTION)
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def change(self) -> LicenceChange:
        """The change that it asks for."""
        return LicenceChange(key_in(self.account_id, "Account"), self.licence)


@visible_to(Audience.SECTION)
@strawberry.type(description="A request for another licence.")
class LicenceRequest(ChangeRequestType):
    @strawberry.field(description="The licence asked for.")
    def licence(self, info: Info) -> Licence:
        return licence(self.model.fields_["licence"], info.context.language)


API = RequestTypeApi(
    RequestType.LICENCE,
    summary="Another licence.",
    filing="Ask for another licence.",
    input=LicenceChangeInput,
    object=LicenceRequest,
)
