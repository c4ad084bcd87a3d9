"""Which requests a user may see: those of their organisation; Customer Success sees all."""

from tortoise.queryset import QuerySet

from backend.identity.models import User
from backend.identity.roles import Permission, require
from backend.requests.models import ChangeRequest


def visible_to(user: User) -> QuerySet[ChangeRequest]:
    """The requests that the user may see. Raises: Forbidden (the section is not theirs)."""
    require(user, Permission.SEE_SECTION)
    if user.organisation_id is None:
        return ChangeRequest.all()
    return ChangeRequest.filter(organisation_id=user.organisation_id)
