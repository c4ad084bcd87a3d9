"""Previews of requests as the API shows them."""

import strawberry

from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.core.field_changes import FieldChangeType
from backend.catalogue import message
from backend.errors import Code
from backend.requests import preview
from backend.requests.rules import Rule


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
@strawberry.type(name="Preview", description="What a request would do to its account now; once decided, what it did.")
class PreviewType:
    version: str = strawberry.field(description="Send it back with approveRequest: what was seen is what is applied.")
    changes: list[FieldChangeType] = strawberry.field(description="Each field that would differ.")
    rules: list[RuleResult] = strawberry.field(description="The rules that hold and those that do not.")
    allowed: bool = strawberry.field(description="Whether every rule holds.")

    @classmethod
    def of(cls, shown: preview.Preview, info: Info) -> "PreviewType":
        """The API's view of a preview."""
        return cls(
            version=shown.version,
            changes=[FieldChangeType.of(change) for change in shown.changes],
            rules=[RuleResult.of(rule, info) for rule in shown.rules],
            allowed=shown.allowed,
        )
