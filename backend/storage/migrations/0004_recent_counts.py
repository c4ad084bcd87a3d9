"""Counts of what was done lately, for the time that the queue server is away; nothing in them may not be lost."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    "CREATE UNLOGGED TABLE recent_count"
    " (key text PRIMARY KEY, ends_at timestamptz NOT NULL, times integer NOT NULL CHECK (times > 0))",
    "CREATE INDEX recent_count_over ON recent_count (ends_at)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0003_indexes")]

    operations = [ops.RunSQL(STATEMENTS)]
