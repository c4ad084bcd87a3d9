"""The catalogues, with names in the viewer's language or in the one asked for."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Any

import strawberry

from backend import catalogue
from backend.accounts.models import MIN_DATAPOINTS
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.core.field_resolvers import Interned, Level, batched
from backend.api.core.sql_fields import Entry
from backend.catalogue import Language, country_name, licence_rank, name_in
from backend.requests import change, rules

strawberry.enum(Language, description="A language of the interface and of the mails.")


@visible_to(Audience.PUBLIC)
@strawberry.type(description="A licence of the catalogue.")
class Licence:
    code: str = strawberry.field(description="Its code, as inputs take it.")
    name: str = strawberry.field(description="Its name.")
    rank: int = strawberry.field(
        description="1 for the smallest; a change to a higher rank is an upgrade. 0: only a newer version knows it."
    )


@visible_to(Audience.PUBLIC)
@strawberry.type(description="A sector of the catalogue.")
class Sector:
    code: str = strawberry.field(description="Its code, as inputs take it.")
    name: str = strawberry.field(description="Its name.")


@visible_to(Audience.PUBLIC)
@strawberry.type(description="A country of the catalogue.")
class Country:
    code: str = strawberry.field(description="ISO 3166-1, two letters.")
    name: str = strawberry.field(description="Its name.")
    has_rtc_lines: bool = strawberry.field(description="Whether accounts in it may have RTC lines.")


@visible_to(Audience.PUBLIC)
@strawberry.type(description="Bounds that forms can check before they ask.")
class Limits:
    min_datapoints: int = strawberry.field(default=MIN_DATAPOINTS, description="Of an account.")
    max_datapoints: int = strawberry.field(default=change.MAX_DATAPOINTS, description="Of an account.")
    min_period_months: int = strawberry.field(default=change.MIN_PERIOD_MONTHS, description="Of a term.")
    max_period_months: int = strawberry.field(default=change.MAX_PERIOD_MONTHS, description="Of a term.")
    default_period_months: int = strawberry.field(default=change.DEFAULT_PERIOD_MONTHS, description="Of a term.")
    max_comment_length: int = strawberry.field(default=rules.MAX_COMMENT_LENGTH, description="In characters.")
    max_reason_length: int = strawberry.field(default=rules.MAX_REASON_LENGTH, description="In characters.")
    max_name_length: int = strawberry.field(default=rules.MAX_NAME_LENGTH, description="In characters.")


@visible_to(Audience.PARENT)
@strawberry.type(description="What the forms offer.")
class Catalogue:
    language: strawberry.Private[Language]
    mail_domains: list[str] = strawberry.field(description="The organisation's own e-mail domains.")
    limits: Limits = strawberry.field(default_factory=Limits, description="Bounds of numbers and texts.")

    @strawberry.field(description="By rank.")
    def licences(self) -> list[Licence]:
        return [licence(code, self.language) for code in catalogue.LICENCES]

    @strawberry.field(description="In the order in which they are offered.")
    def sectors(self) -> list[Sector]:
        return [sector(code, self.language) for code in catalogue.SECTORS]

    @strawberry.field(description="By name.")
    def countries(self) -> list[Country]:
        found = [country(code, self.language) for code in catalogue.COUNTRIES]
        return sorted(found, key=lambda entry: entry.name)


@cache
def licence(code: str, language: Language) -> Licence:
    """A licence by its code."""
    return Licence(code=code, name=name_in("licences", code, language), rank=licence_rank(code))


@cache
def sector(code: str, language: Language) -> Sector:
    """A sector by its code."""
    return Sector(code=code, name=name_in("sectors", code, language))


@cache
def country(code: str, language: Language) -> Country:
    """A country by its code."""
    return Country(code=code, name=country_name(code, language), has_rtc_lines=code == catalogue.RTC_COUNTRY)


def entry_of_model(
    name: str, entry: Callable[[str, Language], Any], codes: Sequence[str]
) -> Callable[[Any, Info], Any]:
    """A resolver that shows the entry, of those with these codes, whose code is an attribute of the object's model."""

    def entries(objects: Level, info: Info) -> Interned:
        found, language = objects.column(name), info.context.language
        return Interned({code: entry(code, language) for code in set(found)}, found)

    return batched(entries, Entry(name, lambda language: {code: entry(code, language) for code in codes}))


async def resolve_catalogue(
    info: Info,
    language: Annotated[
        Language | None,
        strawberry.argument(description="Which language its names are in; null for the viewer's own."),
    ] = None,
) -> Catalogue:
    """The catalogue for the viewer."""
    organisation_id = info.context.viewer.organisation_id
    own = await info.context.loaders.organisation.load(organisation_id) if organisation_id else None
    return Catalogue(language=language or info.context.language, mail_domains=own.mail_domains if own else [])
