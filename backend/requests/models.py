"""Tables of change requests and of the answers that are stored for idempotency keys."""

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from backend.accounts.models import Account
from backend.identity.models import Organisation, User
from backend.stored_enums import StoredEnum


class RequestState(StoredEnum):
    """The state of a request: PENDING, then exactly one of the others, which are final."""

    PENDING = "PENDING"
    """It awaits Customer Success."""
    APPROVED = "APPROVED"
    """It was applied to its account."""
    REJECTED = "REJECTED"
    """It was turned down, for a reason."""
    WITHDRAWN = "WITHDRAWN"
    """The organisation took it back."""
    OTHER = "OTHER"
    """One that only a newer version knows."""


class ChangeRequest(Model):
    """A typed request to create or change an account; ``fields`` are those of its type's dataclass."""

    id = fields.BigIntField(primary_key=True)
    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "desk.Organisation", on_delete=fields.RESTRICT
    )
    organisation_id: int
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "desk.Account", null=True, on_delete=fields.RESTRICT
    )
    account_id: int | None
    account_name = fields.CharField(max_length=120)
    type = fields.CharField(max_length=24)
    state = fields.CharField(max_length=12, default=RequestState.PENDING.value)
    fields_: dict[str, Any] = fields.JSONField(source_field="fields")
    comment = fields.TextField(default="")
    requested_by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "desk.User", related_name="requests", on_delete=fields.RESTRICT
    )
    requested_by_id: int
    requested_at = fields.DatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "desk.User", null=True, related_name="decisions", on_delete=fields.RESTRICT
    )
    decided_by_id: int | None
    decided_at: datetime | None = fields.DatetimeField(null=True)
    reason: str | None = fields.TextField(null=True)
    changes: list[Any] = fields.JSONField(default=list)

    class Meta:
        table = "change_request"
        constraints = [
            CheckConstraint(
                "state IN ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN')", "change_request_state_is_known"
            ),
            CheckConstraint(
                "(state = 'PENDING') = (decided_at IS NULL) AND (state = 'PENDING') = (decided_by_id IS NULL)",
                "change_request_decided_exactly_when_not_pending",
            ),
            CheckConstraint(
                "state NOT IN ('APPROVED', 'REJECTED') OR decided_by_id <> requested_by_id",
                "change_request_decider_is_not_requester",
            ),
            CheckConstraint(
                "(state = 'REJECTED') = (reason IS NOT NULL AND btrim(reason) <> '')",
                "change_request_rejection_has_reason",
            ),
            CheckConstraint("type = 'NEW_ACCOUNT' OR account_id IS NOT NULL", "change_request_account_unless_new"),
        ]


class RememberedAnswer(Model):
    """The answer to a mutation sent with an idempotency key, kept in the mutation's own transaction."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("desk.User", on_delete=fields.CASCADE)
    user_id: int
    key = fields.CharField(max_length=200)
    fingerprint = fields.CharField(max_length=64)
    answer: dict[str, Any] | None = fields.JSONField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "remembered_answer"
        unique_together = (("user", "key"),)
