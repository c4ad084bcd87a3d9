"""Filing requests: one input, one payload and one mutation for each type, and the preview of any of them."""

import strawberry

from backend.api.core.authorization import Audience, Requires, visible_to
from backend.api.core.context import Info
from backend.api.core.errors import UserError
from backend.api.requests.payloads import KEY_DESCRIPTION, answered
from backend.api.requests.types import DatapointsRequest, LicenceRequest, NewAccountRequest, RenewalRequest
from backend.global_ids import key_in
from backend.identity.roles import Permission
from backend.requests import lifecycle
from backend.requests.change import DEFAULT_PERIOD_MONTHS, Change
from backend.requests.models import ChangeRequest
from backend.requests.rules import tidy_name
from backend.requests.types import DatapointsChange, LicenceChange, NewAccount, Renewal

MAY_FILE = Requires(Permission.FILE_REQUESTS)

COMMENT_DESCRIPTION = "For Customer Success; at most 500 characters."
SEEN_DESCRIPTION = "The version of the preview that was shown; if the account changed since, the answer is STALE."


@strawberry.input(description="An account to open.")
class NewAccountInput:
    account_name: str = strawberry.field(description="Free in the organisation, whatever the case.")
    client_name: str = strawberry.field(description="Whom the account is for.")
    licence: str = strawberry.field(description="A code of the catalogue.")
    datapoints: int = strawberry.field(description="20 at least.")
    sector: str = strawberry.field(description="A code of the catalogue.")
    country: str = strawberry.field(description="A code of the catalogue.")
    period_months: int = strawberry.field(default=DEFAULT_PERIOD_MONTHS, description="1 to 60.")
    rtc_lines: int = strawberry.field(default=0, description="0 unless the country is Spain.")
    mail_domain: str | None = strawberry.field(
        default=None, description="One of the organisation's own; null for the platform's."
    )
    comment: str = strawberry.field(default="", description=COMMENT_DESCRIPTION)
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def asked(self) -> Change:
        """The change that it asks for."""
        return NewAccount(
            account_name=tidy_name(self.account_name),
            client_name=tidy_name(self.client_name),
            licence=self.licence,
            datapoints=self.datapoints,
            sector=self.sector,
            country=self.country,
            period_months=self.period_months,
            rtc_lines=self.rtc_lines,
            mail_domain=self.mail_domain,
        )


@strawberry.input(description="Datapoints to add to an account, or to release.")
class DatapointsChangeInput:
    account_id: strawberry.ID = strawberry.field(description="An active account.")
    delta: int = strawberry.field(description="Not 0; negative releases; 20 at least remain.")
    comment: str = strawberry.field(default="", description=COMMENT_DESCRIPTION)
    preview_version: str | None = strawberry.field(default=None, description=SEEN_DESCRIPTION)
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def asked(self) -> Change:
        """The change that it asks for."""
        return DatapointsChange(key_in(self.account_id, "Account"), self.delta)


@strawberry.input(description="Another licence for an account.")
class LicenceChangeInput:
    account_id: strawberry.ID = strawberry.field(description="An active account.")
    licence: str = strawberry.field(description="A code of the catalogue; not the current one.")
    comment: str = strawberry.field(default="", description=COMMENT_DESCRIPTION)
    preview_version: str | None = strawberry.field(default=None, description=SEEN_DESCRIPTION)
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def asked(self) -> Change:
        """The change that it asks for."""
        return LicenceChange(key_in(self.account_id, "Account"), self.licence)


@strawberry.input(description="A further term for an account.")
class RenewalInput:
    account_id: strawberry.ID = strawberry.field(description="An account, active or expired.")
    period_months: int = strawberry.field(default=DEFAULT_PERIOD_MONTHS, description="1 to 60.")
    comment: str = strawberry.field(default="", description=COMMENT_DESCRIPTION)
    preview_version: str | None = strawberry.field(default=None, description=SEEN_DESCRIPTION)
    client_mutation_id: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def asked(self) -> Change:
        """The change that it asks for."""
        return Renewal(key_in(self.account_id, "Account"), self.period_months)


@strawberry.input(one_of=True, description="A change of any type, to preview.")
class ChangeInput:
    new_account: NewAccountInput | None = strawberry.field(default=strawberry.UNSET, description="An account to open.")
    datapoints: DatapointsChangeInput | None = strawberry.field(default=strawberry.UNSET, description="Datapoints.")
    licence: LicenceChangeInput | None = strawberry.field(default=strawberry.UNSET, description="Another licence.")
    renewal: RenewalInput | None = strawberry.field(default=strawberry.UNSET, description="A further term.")

    def asked(self) -> Change:
        """The one change that it holds."""
        given = (self.new_account, self.datapoints, self.licence, self.renewal)
        return next(change.asked() for change in given if change)


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to requestNewAccount.")
class RequestNewAccountPayload:
    request: NewAccountRequest | None = strawberry.field(description="The request; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")
    client_mutation_id: str | None = strawberry.field(description="As it was sent.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to requestDatapointsChange.")
class RequestDatapointsChangePayload:
    request: DatapointsRequest | None = strawberry.field(description="The request; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")
    client_mutation_id: str | None = strawberry.field(description="As it was sent.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to requestLicenceChange.")
class RequestLicenceChangePayload:
    request: LicenceRequest | None = strawberry.field(description="The request; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")
    client_mutation_id: str | None = strawberry.field(description="As it was sent.")


@visible_to(Audience.PARENT)
@strawberry.type(description="The answer to requestRenewal.")
class RequestRenewalPayload:
    request: RenewalRequest | None = strawberry.field(description="The request; null when refused.")
    errors: list[UserError] = strawberry.field(description="What the user can mend.")
    client_mutation_id: str | None = strawberry.field(description="As it was sent.")


@strawberry.type
class FilingMutations:
    @strawberry.mutation(extensions=[MAY_FILE], description="Ask for a new account.")
    async def request_new_account(self, info: Info, input: NewAccountInput) -> RequestNewAccountPayload:
        request, errors = await _filed(info, input)
        made = NewAccountRequest(model=request) if request else None
        return RequestNewAccountPayload(request=made, errors=errors, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(extensions=[MAY_FILE], description="Ask for more datapoints, or release some.")
    async def request_datapoints_change(
        self, info: Info, input: DatapointsChangeInput
    ) -> RequestDatapointsChangePayload:
        request, errors = await _filed(info, input)
        made = DatapointsRequest(model=request) if request else None
        return RequestDatapointsChangePayload(request=made, errors=errors, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(extensions=[MAY_FILE], description="Ask for another licence.")
    async def request_licence_change(self, info: Info, input: LicenceChangeInput) -> RequestLicenceChangePayload:
        request, errors = await _filed(info, input)
        made = LicenceRequest(model=request) if request else None
        return RequestLicenceChangePayload(request=made, errors=errors, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(extensions=[MAY_FILE], description="Ask for a further term.")
    async def request_renewal(self, info: Info, input: RenewalInput) -> RequestRenewalPayload:
        request, errors = await _filed(info, input)
        made = RenewalRequest(model=request) if request else None
        return RequestRenewalPayload(request=made, errors=errors, client_mutation_id=input.client_mutation_id)


AnyInput = NewAccountInput | DatapointsChangeInput | LicenceChangeInput | RenewalInput


async def _filed(info: Info, input: AnyInput) -> tuple[ChangeRequest | None, list[UserError]]:
    change, by = input.asked(), info.context.viewer
    seen = None if isinstance(input, NewAccountInput) else input.preview_version
    return await answered(
        info, input, lambda key: lifecycle.file(change, by=by, comment=input.comment, seen=seen, key=key)
    )
