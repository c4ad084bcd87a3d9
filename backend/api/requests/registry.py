"""The types of request in the API: each is one module, and known to the schema by its line here."""

from collections.abc import Mapping

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import capitalize_first, to_camel_case

from backend.api.core.authorization import Audience, Requires, visible_to
from backend.api.core.context import Info
from backend.api.core.errors import UserError
from backend.api.core.sql_fields import tell_apart
from backend.api.requests import datapoints, licence, new_account, renewal
from backend.api.requests.payloads import answered
from backend.api.requests.request_type import FilingInput, RequestTypeApi
from backend.api.requests.types import ChangeRequestType
from backend.identity.roles import Permission
from backend.requests import lifecycle, models
from backend.requests.change import Change, RequestType

REQUEST_TYPES = (new_account.API, datapoints.API, licence.API, renewal.API)
"""In the order of the schema."""

MAY_FILE = Requires(Permission.FILE_REQUESTS)


@visible_to(Audience.SECTION)
@strawberry.type(
    description="A request of a type that only a newer version of this server knows: it cannot be decided here."
)
class OtherRequest(ChangeRequestType):
    pass


OBJECT_TYPES: Mapping[RequestType, type[ChangeRequestType]] = {api.request_type: api.object for api in REQUEST_TYPES}

tell_apart(ChangeRequestType, "type", OBJECT_TYPES, OtherRequest)


VALUE_DESCRIPTIONS: Mapping[str, Mapping[str, str]] = {
    "RequestType": {api.request_type: api.summary for api in REQUEST_TYPES},
    "Action": {f"REQUEST_{api.request_type}": api.filing for api in REQUEST_TYPES},
}
"""Of the values of enums that each type brings, by the enum."""


def object_of(model: models.ChangeRequest) -> ChangeRequestType:
    """A stored request as an object of its type."""
    return OBJECT_TYPES.get(RequestType(model.type), OtherRequest)(model=model)


class ChangeInput:
    """A change of any type, in the member of its name; exactly one is given."""

    def change(self) -> Change:
        """The one change that it holds."""
        given: FilingInput = next(filter(None, (getattr(self, api.member) for api in REQUEST_TYPES)))
        return given.change()


for _api in REQUEST_TYPES:
    ChangeInput.__annotations__[_api.member] = _api.input | None
    setattr(ChangeInput, _api.member, strawberry.field(default=strawberry.UNSET, description=_api.summary))

strawberry.input(ChangeInput, one_of=True, description="A change of any type, to preview.")


@strawberry.type
class FilingPayload:
    """What every mutation that files a request answers; each type narrows ``request`` to its own object."""

    request: ChangeRequestType | None = strawberry.field(description="The request; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")
    client_mutation_id: str | None = strawberry.field(description="As it was sent.")


def _payload(api: RequestTypeApi) -> type[FilingPayload]:
    mutation = to_camel_case(api.name)
    members = {
        "__annotations__": {"request": api.object | None},
        "request": strawberry.field(description="The request; null when refused."),
    }
    return visible_to(Audience.PARENT)(
        strawberry.type(
            type(f"{capitalize_first(mutation)}Payload", (FilingPayload,), members),
            description=f"The answer to {mutation}.",
        )
    )


def _mutation(api: RequestTypeApi) -> StrawberryField:
    payload = _payload(api)

    async def file(self: object, info: Info, input: FilingInput) -> FilingPayload:
        change, by = input.change(), info.context.viewer
        request, errors = await answered(
            info,
            input,
            lambda key: lifecycle.file(
                change, by=by, comment=input.comment, preview_version=input.preview_version, key=key
            ),
        )
        made = api.object(model=request) if request else None
        return payload(request=made, errors=errors, client_mutation_id=input.client_mutation_id)

    file.__annotations__ |= {"input": api.input, "return": payload}
    field: StrawberryField = strawberry.mutation(file, extensions=[MAY_FILE], description=api.filing)
    return field


FilingMutations = strawberry.type(type("FilingMutations", (), {api.name: _mutation(api) for api in REQUEST_TYPES}))
"""A mutation for each type."""
