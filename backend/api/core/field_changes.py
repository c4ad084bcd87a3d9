"""Differences between two states of an account as the API shows them."""

import strawberry

from backend.accounts import changes
from backend.accounts.changes import AccountField
from backend.api.core.authorization import Audience, visible_to

strawberry.enum(AccountField, description="A field of an account.")


@visible_to(Audience.PARENT)
@strawberry.type(
    name="FieldChange",
    description="A field's value before and after, as text: whole numbers in digits, dates as ISO 8601, licence,"
    " sector and country by code; null where there is none.",
)
class FieldChangeType:
    field: AccountField = strawberry.field(description="What differs.")
    field_name: str = strawberry.field(description="The same by name, also of a field that only a newer version knows.")
    before: str | None = strawberry.field(description="The value now, or at the time of the decision.")
    after: str | None = strawberry.field(description="The value that approval gives.")

    @classmethod
    def of(cls, change: changes.FieldChange) -> "FieldChangeType":
        """The API's view of a difference."""
        return cls(
            field=AccountField(change.field), field_name=str(change.field), before=change.before, after=change.after
        )
