"""The audit log, whose lines nobody changes or removes."""

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

APPEND_ONLY = (
    """
    CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change()",
    "CREATE INDEX audit_entry_by_time ON audit_entry (at, id)",
    "CREATE INDEX audit_entry_of_organisation ON audit_entry (organisation_id, at, id)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0005_mail_digests")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("act", fields.CharField(max_length=32)),
                (
                    "by",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="by_id",
                        null=True,
                        related_name="acts",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "desk.Organisation",
                        source_field="organisation_id",
                        null=True,
                        related_name="audit_entries",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("subject", fields.CharField(max_length=400)),
                (
                    "facts",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
            ],
            options={
                "table": "audit_entry",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "A privileged act; the database refuses to change or remove a line.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(APPEND_ONLY),
    ]
