import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Organisation",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=120)),
                ("country", fields.CharField(max_length=2)),
                ("time_zone", fields.CharField(max_length=64)),
                ("language", fields.CharField(max_length=2)),
                ("mail_domains", ArrayField(element_type="TEXT")),
            ],
            options={
                "table": "organisation",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "The tenant that holds accounts.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Account",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "desk.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=120)),
                ("client_name", fields.CharField(max_length=120)),
                ("licence", fields.CharField(max_length=32)),
                ("datapoints", fields.IntField()),
                ("sector", fields.CharField(max_length=32)),
                ("country", fields.CharField(max_length=2)),
                ("rtc_lines", fields.IntField(default=0)),
                ("mail_domain", fields.CharField(null=True, max_length=253)),
                ("anchor", fields.DateField()),
                ("months", fields.IntField()),
                ("starts_on", fields.DateField()),
                ("expires_on", fields.DateField()),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "account",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "A contract on the platform: so many datapoints, a licence, a term.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReminderPlan",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("planned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "reminder_plan",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "Until when reminders are planned; one row.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="User",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "desk.Organisation",
                        source_field="organisation_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=120)),
                ("email", fields.CharField(max_length=254)),
                ("role", fields.CharField(max_length=20)),
                ("language", fields.CharField(max_length=2)),
                ("time_zone", fields.CharField(max_length=64)),
                ("password_hash", fields.CharField(max_length=255)),
                ("is_active", fields.BooleanField(default=True)),
            ],
            options={
                "table": "person",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "Somebody who signs in by e-mail address; Customer Success belongs to no organisation.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ChangeRequest",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "desk.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "desk.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("account_name", fields.CharField(max_length=120)),
                ("type", fields.CharField(max_length=24)),
                ("state", fields.CharField(default="PENDING", max_length=12)),
                (
                    "fields_",
                    fields.JSONField(
                        source_field="fields", encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("comment", fields.TextField(default="", unique=False)),
                (
                    "requested_by",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="requested_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="requests",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="decisions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.TextField(null=True, unique=False)),
                (
                    "changes",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
            ],
            options={
                "table": "change_request",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "A typed request to create or change an account; ``fields`` are those of its type's dataclass.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mail",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=200)),
                ("kind", fields.CharField(max_length=24)),
                (
                    "recipient",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="recipient_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "desk.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("milestone", fields.CharField(null=True, max_length=12)),
                ("expires_on", fields.DateField(null=True)),
                ("request_id", fields.BigIntField(null=True)),
                (
                    "facts",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("state", fields.CharField(default="WAITING", db_default="WAITING", max_length=20)),
                ("reason", fields.CharField(null=True, max_length=64)),
                ("attempt", fields.IntField(default=0, db_default=0)),
                ("failures", fields.IntField(default=0, db_default=0)),
                ("doubts", fields.IntField(default=0, db_default=0)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("next_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("message_id", fields.CharField(null=True, max_length=255)),
                ("message", fields.BinaryField(null=True)),
                ("reply", fields.TextField(null=True, unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mail",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "A line of the ledger. The recipient is a user: address, language and rights are read when sending.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PasswordReset",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "password_reset",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "A single-use way to set a new password, sent by mail; only its digest is kept.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RememberedAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("key", fields.CharField(max_length=200)),
                ("fingerprint", fields.CharField(max_length=64)),
                (
                    "answer",
                    fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "remembered_answer",
                "app": "desk",
                "unique_together": (("user", "key"),),
                "pk_attr": "id",
                "table_description": "The answer to a mutation sent with an idempotency key, kept in the mutation's own transaction.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Session",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=8)),
                ("device", fields.CharField(max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "session",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "One sign-in on one device, and the family of its tokens.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SessionToken",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "session",
                    fields.ForeignKeyField(
                        "desk.Session",
                        source_field="session_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=8)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("seen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "session_token",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "What a client holds to prove a session; only its digest is kept.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TimelineEvent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "desk.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("request_id", fields.BigIntField()),
                ("kind", fields.CharField(max_length=16)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "by",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="by_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reason", fields.TextField(null=True, unique=False)),
                (
                    "changes",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("account_version", fields.IntField()),
            ],
            options={
                "table": "timeline_event",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "Something that happened to a request of an account; ``changes`` as ``FieldChange`` lists them.",
            },
            bases=["Model"],
        ),
    ]
