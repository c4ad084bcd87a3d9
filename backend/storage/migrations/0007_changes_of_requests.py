"""An index for what changed lately: whoever was away from live updates is told of it first."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENT = "CREATE INDEX change_request_by_change ON change_request ((coalesce(decided_at, requested_at)), id)"


class Migration(migrations.Migration):
    dependencies = [("desk", "0006_audit_log")]

    operations = [ops.RunSQL(STATEMENT)]
