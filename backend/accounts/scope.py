"""Which accounts a user may see: those of their organisation; Customer Success sees all."""

from tortoise.queryset import QuerySet

from backend.accounts.models import Account
from backend.identity.models import User


def visible_to(user: User) -> QuerySet[Account]:
    """The accounts that the user may see; the caller has checked what their role may do."""
    if user.organisation_id is None:
        return Account.all()
    return Account.filter(organisation_id=user.organisation_id)
