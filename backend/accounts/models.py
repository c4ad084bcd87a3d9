"""Tables of accounts and of their timelines."""

from datetime import date
from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from backend.identity.models import Organisation, User

MIN_DATAPOINTS = 20


class Account(Model):
    """A contract on the platform: so many datapoints, a licence, a term.

    ``anchor`` is the first day of the unbroken contract and ``months`` its length so far; ``starts_on`` and
    ``expires_on`` are the current term. ``version`` counts the approved changes, from 1.
    """

    id = fields.BigIntField(primary_key=True)
    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "desk.Organisation", on_delete=fields.RESTRICT
    )
    organisation_id: int
    name = fields.CharField(max_length=120)
    client_name = fields.CharField(max_length=120)
    licence = fields.CharField(max_length=32)
    datapoints = fields.IntField()
    sector = fields.CharField(max_length=32)
    country = fields.CharField(max_length=2)
    rtc_lines = fields.IntField(default=0)
    mail_domain = fields.CharField(max_length=253, null=True)
    anchor: date = fields.DateField()
    months = fields.IntField()
    starts_on: date = fields.DateField()
    expires_on: date = fields.DateField()
    version = fields.IntField(default=1)

    class Meta:
        table = "account"
        constraints = [
            CheckConstraint(f"datapoints >= {MIN_DATAPOINTS}", "account_datapoints_minimum"),
            CheckConstraint("rtc_lines >= 0", "account_rtc_lines_not_negative"),
            CheckConstraint("rtc_lines = 0 OR country = 'ES'", "account_rtc_lines_only_in_spain"),
            CheckConstraint("months > 0", "account_months_positive"),
            CheckConstraint("anchor <= starts_on AND starts_on <= expires_on", "account_term_in_order"),
            CheckConstraint("version > 0", "account_version_positive"),
        ]


class TimelineEvent(Model):
    """An event of a request of an account; ``changes`` as ``FieldChange`` lists them."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("desk.Account", on_delete=fields.RESTRICT)
    account_id: int
    request_id = fields.BigIntField()
    kind = fields.CharField(max_length=16)
    at = fields.DatetimeField()
    by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("desk.User", on_delete=fields.RESTRICT)
    by_id: int
    reason: str | None = fields.TextField(null=True)
    changes: list[Any] = fields.JSONField(default=list)
    account_version = fields.IntField()

    class Meta:
        table = "timeline_event"
        constraints = [
            CheckConstraint(
                "kind IN ('REQUESTED', 'APPROVED', 'REJECTED', 'WITHDRAWN')", "timeline_event_kind_is_known"
            ),
        ]
