"""From which network address somebody acted, and indexes for the log's lines of one act."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

INDEXES = (
    "CREATE INDEX audit_entry_of_act ON audit_entry (act, at, id)",
    "CREATE INDEX audit_entry_of_organisation_by_act ON audit_entry (organisation_id, act, at, id)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0013_known_devices")]

    initial = False

    operations = [
        ops.AddField(model_name="AuditEntry", name="address", field=fields.CharField(null=True, max_length=64)),
        ops.RunSQL(INDEXES),
    ]
