"""The ledger: one row per mail and recipient; the truth about what was sent."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from backend.accounts.models import Account
from backend.identity.models import User
from backend.stored_enums import StoredEnum


class MailKind(StoredEnum):
    """What a mail is about."""

    REQUEST_FILED = "REQUEST_FILED"
    """To Customer Success: a request awaits them."""
    REQUEST_DECIDED = "REQUEST_DECIDED"
    """To the requester: what became of it."""
    REMINDER = "REMINDER"
    """To a SuperAdmin: a term ends."""
    REMINDERS_LATE = "REMINDERS_LATE"
    """To Customer Success: a term has ended and not every reminder of it was sent."""
    RENEWAL_WAITING = "RENEWAL_WAITING"
    """To Customer Success: a term ends while its renewal awaits a decision."""
    PASSWORD_RESET = "PASSWORD_RESET"
    """A link to set a new password."""
    NEW_SIGN_IN = "NEW_SIGN_IN"
    """Somebody signed in from a device not seen before."""
    CREDENTIALS_CHANGED = "CREDENTIALS_CHANGED"
    """A password, codes of an app or recovery codes were changed, or a phone's were copied."""
    OTHER = "OTHER"
    """One that only a newer version knows."""


class Milestone(StoredEnum):
    """The three reminders of a term."""

    ONE_MONTH = "ONE_MONTH"
    """A calendar month before the expiry day."""
    ONE_WEEK = "ONE_WEEK"
    """Seven days before it."""
    EXPIRY_DAY = "EXPIRY_DAY"
    """The day itself."""
    OTHER = "OTHER"
    """One that only a newer version knows."""


class MailState(StoredEnum):
    """WAITING, CLAIMED and IN_DOUBT are open; every row ends in exactly one of the others."""

    WAITING = "WAITING"
    """It will be sent."""
    CLAIMED = "CLAIMED"
    """It is being sent."""
    IN_DOUBT = "IN_DOUBT"
    """It may have arrived; it is sent once more."""
    SENT = "SENT"
    """The mail host has taken it."""
    SENT_MAYBE_TWICE = "SENT_MAYBE_TWICE"
    """The mail host has taken it, and may have taken it before."""
    UNKNOWN = "UNKNOWN"
    """Nobody knows whether it arrived, and it is not sent again by itself."""
    CANCELLED = "CANCELLED"
    """What it tells of no longer holds."""
    SKIPPED = "SKIPPED"
    """It was not worth sending."""
    FAILED = "FAILED"
    """It cannot be delivered."""
    OTHER = "OTHER"
    """One that only a newer version knows."""


class Reason(StrEnum):
    """Why a row ended otherwise than by being sent; its words are ``ended.`` and its value in each language."""

    SUPERSEDED = "superseded"
    LATE = "late"
    BEFORE_START = "before_start"
    RENEWED = "renewed"
    RECIPIENT_GONE = "recipient_gone"
    RECIPIENT_NOT_CONCERNED = "recipient_not_concerned"
    DECIDED = "decided"
    LINK_REPLACED = "link_replaced"
    WINDOW_OVER = "window_over"
    RECIPIENT_REFUSED = "recipient_refused"
    MESSAGE_REFUSED = "message_refused"
    CANNOT_BE_WRITTEN = "cannot_be_written"
    IN_DOUBT_TWICE = "in_doubt_twice"
    RESTORED = "restored"
    """A backup was put in place, and an operator wants nothing sent that may have gone out after it was made."""
    NOT_OPEN_YET = "not_open_yet"
    """It belongs to the demo's past, in which no worker ran."""


OPEN_STATES = (MailState.WAITING, MailState.CLAIMED, MailState.IN_DOUBT)


class ReminderPlan(Model):
    """When reminders were planned last, and when for the first time; one row."""

    id = fields.IntField(primary_key=True)
    planned_at = fields.DatetimeField()
    began_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "reminder_plan"
        constraints = [CheckConstraint("id = 1", "reminder_plan_is_one")]


class MailHost(Model):
    """What is known of a host that mails go to; ``open_until`` is the end of its breaker's pause."""

    name = fields.CharField(max_length=300, primary_key=True)
    faults = fields.IntField(default=0, db_default=0)
    open_until: datetime | None = fields.DatetimeField(null=True)
    last_fault: str | None = fields.TextField(null=True)
    last_fault_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "mail_host"


class Mail(Model):
    """A line of the ledger. The recipient is a user: address, language and rights are read when sending.

    ``key`` names the mail (its Message-ID comes from it): what has a row is never inserted twice. An open row
    may be claimed from ``next_at`` on; a claim moves that to the end of its lease, and counts ``attempt`` up: later
    writes name their attempt, so whoever lost the row changes nothing. Renewals of the lease and the mark move
    ``next_at`` on. ``message`` are the bytes that may have been accepted; a second try after a doubt sends them again.
    Lines with one ``digest`` that are due together share one mail; the first of them holds its bytes.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=200, unique=True)
    kind = fields.CharField(max_length=24)
    recipient: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("desk.User", on_delete=fields.RESTRICT)
    recipient_id: int
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "desk.Account", null=True, on_delete=fields.RESTRICT
    )
    account_id: int | None
    milestone = fields.CharField(max_length=12, null=True)
    expires_on: date | None = fields.DateField(null=True)
    request_id: int | None = fields.BigIntField(null=True)
    digest = fields.CharField(max_length=400, null=True)
    facts: dict[str, Any] = fields.JSONField(default=dict)
    state = fields.CharField(max_length=20, default=MailState.WAITING.value, db_default=MailState.WAITING.value)
    reason = fields.CharField(max_length=64, null=True)
    attempt = fields.IntField(default=0, db_default=0)
    failures = fields.IntField(default=0, db_default=0)
    doubts = fields.IntField(default=0, db_default=0)
    due_at = fields.DatetimeField()
    next_at = fields.DatetimeField()
    message_id = fields.CharField(max_length=255, null=True)
    message: bytes | None = fields.BinaryField(null=True)
    reply: str | None = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)
    again_at: datetime | None = fields.DatetimeField(null=True)
    again_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "desk.User", null=True, related_name="mails_sent_again", on_delete=fields.RESTRICT
    )
    again_by_id: int | None

    class Meta:
        table = "mail"
        constraints = [
            CheckConstraint(
                "kind IN ('REQUEST_FILED', 'REQUEST_DECIDED', 'REMINDER', 'REMINDERS_LATE', 'RENEWAL_WAITING',"
                " 'PASSWORD_RESET', 'NEW_SIGN_IN', 'CREDENTIALS_CHANGED')",
                "mail_kind_is_known",
            ),
            CheckConstraint(
                "milestone IS NULL OR milestone IN ('ONE_MONTH', 'ONE_WEEK', 'EXPIRY_DAY')", "mail_milestone_is_known"
            ),
            CheckConstraint(
                "(kind IN ('REMINDER', 'RENEWAL_WAITING')) = (milestone IS NOT NULL)", "mail_reminder_has_its_milestone"
            ),
            CheckConstraint(
                "(kind IN ('REMINDER', 'REMINDERS_LATE', 'RENEWAL_WAITING'))"
                " = (account_id IS NOT NULL AND expires_on IS NOT NULL)",
                "mail_of_a_term_names_it",
            ),
            CheckConstraint("(again_at IS NULL) = (again_by_id IS NULL)", "mail_sent_again_by_somebody"),
            CheckConstraint(
                "state IN ('WAITING', 'CLAIMED', 'IN_DOUBT', 'SENT', 'SENT_MAYBE_TWICE', 'UNKNOWN',"
                " 'CANCELLED', 'SKIPPED', 'FAILED')",
                "mail_state_is_known",
            ),
            CheckConstraint(
                "(state IN ('WAITING', 'CLAIMED', 'IN_DOUBT')) = (ended_at IS NULL)", "mail_ended_exactly_when_final"
            ),
            CheckConstraint(
                "state NOT IN ('CANCELLED', 'SKIPPED', 'FAILED') OR reason IS NOT NULL", "mail_unsent_has_a_reason"
            ),
        ]
