"""Requests to open an account."""

import strawberry

from backend.api.catalogue import Country, Licence, Sector, country, licence, sector
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.requests.payloads import KEY_DESCRIPTION
from backend.api.requests.request_type import COMMENT_DESCRIPTION, FilingInput, RequestTypeApi
from backend.api.requests.types import ChangeRequestType
from backend.requests.change import DEFAULT_PERIOD_MONTHS, RequestType
from backend.requests.rules import tidy_name
from backend.requests.types.new_account import NewAccount


@strawberry.input(description="An account to open.")
class NewAccountInput(FilingInput):
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

    def change(self) -> NewAccount:
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


@visible_to(Audience.SECTION)
@strawberry.type(description="A request to open an account.")
class NewAccountRequest(ChangeRequestType):
    @strawberry.field(description="Whom the account is for.")
    def client_name(self) -> str:
        return str(self.model.fields_["client_name"])

    @strawberry.field(description="The licence asked for.")
    def licence(self, info: Info) -> Licence:
        return licence(self.model.fields_["licence"], info.context.language)

    @strawberry.field(description="The datapoints asked for.")
    def datapoints(self) -> int:
        return int(self.model.fields_["datapoints"])

    @strawberry.field(description="The length of the term in calendar months.")
    def period_months(self) -> int:
        return int(self.model.fields_["period_months"])

    @strawberry.field(description="Its sector.")
    def sector(self, info: Info) -> Sector:
        return sector(self.model.fields_["sector"], info.context.language)

    @strawberry.field(description="Where it is.")
    def country(self, info: Info) -> Country:
        return country(self.model.fields_["country"], info.context.language)

    @strawberry.field(description="Electricity meters read by modem every 24 h; Spain only.")
    def rtc_lines(self) -> int:
        return int(self.model.fields_["rtc_lines"])

    @strawberry.field(description="The e-mail domain asked for; null for the platform's.")
    def mail_domain(self) -> str | None:
        domain: str | None = self.model.fields_["mail_domain"]
        return domain


API = RequestTypeApi(
    RequestType.NEW_ACCOUNT,
    summary="A new account.",
    filing="Ask for a new account.",
    input=NewAccountInput,
    object=NewAccountRequest,
)
