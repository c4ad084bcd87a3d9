"""Tables of organisations, users, sessions, credentials, and the audit log."""

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from backend.identity.roles import Role


class Organisation(Model):
    """The tenant that holds accounts."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=120)
    country = fields.CharField(max_length=2)
    time_zone = fields.CharField(max_length=64)
    language = fields.CharField(max_length=2)
    mail_domains: list[str] = ArrayField("text")

    class Meta:
        table = "organisation"


class User(Model):
    """Somebody who signs in by e-mail address; Customer Success belongs to no organisation."""

    id = fields.BigIntField(primary_key=True)
    organisation: fields.ForeignKeyNullableRelation[Organisation] = fields.ForeignKeyField(
        "desk.Organisation", null=True, on_delete=fields.RESTRICT
    )
    organisation_id: int | None
    name = fields.CharField(max_length=120)
    email = fields.CharField(max_length=254)
    role: Role = fields.CharField(max_length=20)  # type: ignore[assignment]
    language = fields.CharField(max_length=2)
    time_zone = fields.CharField(max_length=64)
    password_hash = fields.CharField(max_length=255)
    is_active = fields.BooleanField(default=True)
    second_factor_since: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "person"
        constraints = [
            CheckConstraint("role IN ('SUPER_ADMIN', 'MEMBER', 'CUSTOMER_SUCCESS')", "person_role_is_known"),
            CheckConstraint(
                "(role = 'CUSTOMER_SUCCESS') = (organisation_id IS NULL)",
                "person_organisation_fits_role",
            ),
        ]


class Session(Model):
    """One sign-in on one device, and the family of its tokens; ``renewals`` is how often all of them were replaced."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("desk.User", on_delete=fields.CASCADE)
    user_id: int
    kind = fields.CharField(max_length=8)
    device = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)
    renewals = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "session"
        constraints = [CheckConstraint("kind IN ('PAGE', 'PHONE')", "session_kind_is_known")]


class SessionToken(Model):
    """A token by which a client proves its session; only the digest is stored."""

    id = fields.BigIntField(primary_key=True)
    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField("desk.Session", on_delete=fields.CASCADE)
    session_id: int
    kind = fields.CharField(max_length=8)
    digest = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "session_token"
        constraints = [CheckConstraint("kind IN ('COOKIE', 'ACCESS', 'REFRESH')", "session_token_kind_is_known")]


class TrustedDevice(Model):
    """A browser in which a user has signed in before; only the digest of its secret is stored."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "desk.User", related_name="known_devices", on_delete=fields.CASCADE
    )
    user_id: int
    digest = fields.CharField(max_length=64)
    seen_at = fields.DatetimeField()

    class Meta:
        table = "known_device"
        unique_together = (("digest", "user"),)


class PasswordReset(Model):
    """A single-use link to set a new password, sent by mail; only the digest of its token is stored."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("desk.User", on_delete=fields.CASCADE)
    user_id: int
    digest = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "password_reset"


class SecondFactor(Model):
    """The secret of a user's authenticator app; no code is asked for before the user has confirmed one.

    ``last_step`` is the step of 30 seconds, counted from 1970, whose code was accepted last.
    """

    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        "desk.User", primary_key=True, related_name="second_factor", on_delete=fields.CASCADE
    )
    user_id: int
    sealed_secret = fields.TextField()
    last_step = fields.BigIntField(default=0, db_default=0)

    class Meta:
        table = "second_factor"


class RecoveryCode(Model):
    """A code for one sign-in without the app; only its digest is stored, until it is used."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "desk.User", related_name="recovery_codes", on_delete=fields.CASCADE
    )
    user_id: int
    digest = fields.CharField(max_length=64, unique=True)

    class Meta:
        table = "recovery_code"


class AuditEntry(Model):
    """A privileged act; the database refuses to change or remove an entry. ``by`` is None for the command line.

    ``address`` is the network address of the client that acted; None where there was none.

    ``organisation`` is the one that it concerns, which may read it; None where it concerns the platform's staff alone.
    """

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    act = fields.CharField(max_length=32)
    by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "desk.User", null=True, related_name="acts", on_delete=fields.RESTRICT
    )
    by_id: int | None
    organisation: fields.ForeignKeyNullableRelation[Organisation] = fields.ForeignKeyField(
        "desk.Organisation", null=True, related_name="audit_entries", on_delete=fields.RESTRICT
    )
    organisation_id: int | None
    subject = fields.CharField(max_length=400)
    address = fields.CharField(max_length=64, null=True)
    facts: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "audit_entry"
