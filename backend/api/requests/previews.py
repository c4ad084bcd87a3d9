"""Differences and previews as the API shows them."""

import strawberry

from backend.accounts import changes
from backend.accounts.changes import AccountField
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.catalogue import message
from backend.errors import Code
from backend.requests import preview
from backend.requests.rules import Rule

strawberry.enum(AccountField, description="A field of an account.")
strawberry.enum(Code, name="ErrorCode", description="Why something was refused that its user can mend.")


@visible_to(Audience.PARENT)
@strawberry.type(
    description="A field's value before and after, as text: whole numbers in digits, dates as ISO 8601, licence,"
    " sector and country by code; null where there is none."
)
class FieldChange:
    field: AccountField = strawberry.field(description="What differs.")
    field_name: str = strawberry.field(description="The same by name, also of a field that only a newer version knows.")
    before: str | None = strawberry.field(description="The value now, or at the time of the decision.")
    after: str | None = strawberry.field(description="The value that approval gives.")

    @classmethod
    def of(cls, change: changes.FieldChange) -> "FieldChange":
        """The API's view of a difference."""
        return cls(
            field=AccountField(change.field), field_name=str(change.field), before=change.before, after=change.after
        )


@visible_to(Audience.PARENT)
@strawberry.type(description="A rule, and whether it holds now.")
class RuleResult:
    code: Code = strawberry.field(description="The code that breaking the rule has.")
    field: str | None = strawberry.field(description="The input's field that the rule is about.")
    holds: bool = strawberry.field(description="Whether it holds.")
    message: str = strawberry.field(description="What is said when it does not, in the viewer's language.")

    @classmethod
    def of(cls, rule: Rule, info: Info) -> "RuleResult":
        """The API's view of a rule."""
        text = message(rule.code, info.context.language, rule.values)
        return cls(code=rule.code, field=rule.field, holds=rule.holds, message=text)


@visible_to(Audience.PARENT)
@strawberry.type(description="What a request would do to its account now; once decided, what it did.")
class Preview:
    version: str = strawberry.field(description="Send it back with approveRequest: what was seen is what is applied.")
    changes: list[FieldChange] = strawberry.field(description="Each field that would differ.")
    rules: list[RuleResult] = strawberry.field(description="The rules that hold and those that do not.")
    allowed: bool = strawberry.field(description="Whether every rule holds.")

    @classmethod
    def of(cls, shown: preview.Preview, info: Info) -> "Preview":
        """The API's view of a preview."""
        return cls(
            version=shown.version,
            changes=[FieldChange.of(change) for change in shown.changes],
            rules=[RuleResult.of(rule, info) for rule in shown.rules],
            allowed=shown.allowed,
        )
