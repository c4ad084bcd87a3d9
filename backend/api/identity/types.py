"""Organisations and people as the API shows them."""

from datetime import date, datetime

import strawberry

from backend import clock
from backend.api.catalogue import Country, country
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.core.field_resolvers import key_field
from backend.catalogue import Language, language_of
from backend.identity import models
from backend.identity.encryption import can_encrypt
from backend.identity.roles import Permission, Role, may, must_set_second_factor
from backend.identity.second_factor import recovery_codes_left

strawberry.enum(Role, description="What a user is; each has exactly one role.")


@visible_to(Audience.PARENT)
@strawberry.type(name="Organisation", description="The tenant that holds accounts.")
class OrganisationType:
    model: strawberry.Private[models.Organisation]

    id: strawberry.ID = strawberry.field(resolver=key_field("Organisation"), description="Opaque and global.")

    @strawberry.field(description="Its name.")
    def name(self) -> str:
        return self.model.name

    @strawberry.field(description="Where it is.")
    def country(self, info: Info) -> Country:
        return country(self.model.country, info.context.language)

    @strawberry.field(description="IANA name; its calendar decides when accounts expire.")
    def time_zone(self) -> str:
        return self.model.time_zone

    @strawberry.field(description="The language of its new users; EN, where only a newer version has words of it.")
    def language(self) -> Language:
        return language_of(self.model.language)

    @strawberry.field(description="Its own e-mail domains, which its accounts may use.")
    def mail_domains(self) -> list[str]:
        return self.model.mail_domains

    @strawberry.field(description="The present date in its time zone.")
    def today(self) -> date:
        return clock.today(self.model.time_zone)


@visible_to(Audience.PARENT)
@strawberry.type(description="Somebody who filed or decided a request.")
class Person:
    model: strawberry.Private[models.User]

    id: strawberry.ID = strawberry.field(resolver=key_field("User"), description="Opaque and global.")

    @strawberry.field(description="Full name.")
    def name(self) -> str:
        return self.model.name

    @strawberry.field(description="Their role.")
    def role(self) -> Role:
        return Role(self.model.role)

    @strawberry.field(description="The same by name, also of a role that only a newer version knows.")
    def role_name(self) -> str:
        return self.model.role


@visible_to(Audience.SELF)
@strawberry.type(description="What the viewer's role may do.")
class Rights:
    manage_accounts: bool = strawberry.field(description="See the account-management section and file requests in it.")
    decide_requests: bool = strawberry.field(description="Approve and reject requests.")
    tend_mail: bool = strawberry.field(description="Read the ledger of mails and send one again.")
    read_audit_log: bool = strawberry.field(description="Read who did what, within what they may see.")


@visible_to(Audience.SELF)
@strawberry.type(name="SecondFactor", description="The viewer's second factor: codes of an authenticator app.")
class SecondFactorType:
    model: strawberry.Private[models.User]

    @strawberry.field(description="Whether this platform lets anybody set one up.")
    def is_offered(self) -> bool:
        return can_encrypt()

    @strawberry.field(description="Whether the viewer may do nothing else before it is set up.")
    def is_demanded(self) -> bool:
        return must_set_second_factor(self.model)

    @strawberry.field(description="Since when a code is asked for at sign-in; null: it is not.")
    def since(self) -> datetime | None:
        return self.model.second_factor_since

    @strawberry.field(description="How many recovery codes have not been used.")
    async def recovery_codes_left(self) -> int:
        return await recovery_codes_left(self.model)


@visible_to(Audience.SELF)
@strawberry.type(description="Who is signed in.")
class Viewer:
    model: strawberry.Private[models.User]

    id: strawberry.ID = strawberry.field(resolver=key_field("User"), description="Opaque and global.")

    @strawberry.field(description="Full name.")
    def name(self) -> str:
        return self.model.name

    @strawberry.field(description="The address to sign in with, and for mails.")
    def email(self) -> str:
        return self.model.email

    @strawberry.field(description="Their role.")
    def role(self) -> Role:
        return Role(self.model.role)

    @strawberry.field(description="The same by name, also of a role that only a newer version knows.")
    def role_name(self) -> str:
        return self.model.role

    @strawberry.field(description="The language that they read; EN, where only a newer version has words of it.")
    def language(self) -> Language:
        return language_of(self.model.language)

    @strawberry.field(description="IANA name.")
    def time_zone(self) -> str:
        return self.model.time_zone

    @strawberry.field(description="Null for Customer Success.")
    async def organisation(self, info: Info) -> OrganisationType | None:
        if self.model.organisation_id is None:
            return None
        return OrganisationType(model=await info.context.loaders.organisation.load(self.model.organisation_id))

    @strawberry.field(description="What proves who they are beside their password.")
    def second_factor(self) -> SecondFactorType:
        return SecondFactorType(model=self.model)

    @strawberry.field(description="What their role may do.")
    def can(self) -> Rights:
        return Rights(
            manage_accounts=may(self.model, Permission.FILE_REQUESTS),
            decide_requests=may(self.model, Permission.DECIDE_REQUESTS),
            tend_mail=may(self.model, Permission.TEND_MAIL),
            read_audit_log=may(self.model, Permission.READ_AUDIT_LOG),
        )


def resolve_viewer(info: Info) -> Viewer | None:
    """Who is signed in, if anybody."""
    return Viewer(model=info.context.user) if info.context.user else None


async def person(user_id: int, info: Info) -> Person:
    """A person by the row's id."""
    return Person(model=await info.context.loaders.user.load(user_id))


async def organisation(organisation_id: int, info: Info) -> OrganisationType:
    """An organisation by the row's id."""
    return OrganisationType(model=await info.context.loaders.organisation.load(organisation_id))
