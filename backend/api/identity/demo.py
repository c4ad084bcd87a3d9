"""Who may sign in to the demo; null everywhere else."""

import strawberry

from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.demo.people import PASSWORD, ROLES
from backend.identity.models import User
from backend.identity.roles import Role
from backend.settings import settings


@visible_to(Audience.PARENT)
@strawberry.type(description="Somebody to try the demo as.")
class DemoPerson:
    name: str = strawberry.field(description="Full name.")
    email: str = strawberry.field(description="To sign in with.")
    password: str = strawberry.field(description="To sign in with.")
    role: Role = strawberry.field(description="Their role.")
    organisation_name: str | None = strawberry.field(description="Null for Customer Success.")


@visible_to(Audience.PARENT)
@strawberry.type(description="What the demo offers.")
class Demo:
    people: list[DemoPerson] = strawberry.field(description="Who may sign in.")
    mailbox_url: str = strawberry.field(description="Where the mails that were sent can be read.")
    explorer_url: str = strawberry.field(description="Where operations can be tried.")


async def resolve_demo(info: Info) -> Demo | None:
    """The demo's people, in the demo."""
    if not settings().demo:
        return None
    users = {user.email: user for user in await User.filter(email__in=list(ROLES)).prefetch_related("organisation")}
    people = [
        DemoPerson(
            name=user.name,
            email=user.email,
            password=PASSWORD,
            role=Role(user.role),
            organisation_name=user.organisation.name if user.organisation else None,
        )
        for user in (users[email] for email in ROLES if email in users)
    ]
    return Demo(people=people, mailbox_url="/mailbox/", explorer_url="/explorer/")
