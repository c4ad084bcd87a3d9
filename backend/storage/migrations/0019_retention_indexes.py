"""How often a session's tokens were renewed; indexes for what is removed by its age, and for a person's devices."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    # What a person's device is called without its numbers, as it is compared at a sign-in.
    "CREATE INDEX session_of_device ON session (user_id, regexp_replace(device, '[0-9.]+', '', 'g'))",
    "CREATE INDEX session_open_of_user ON session (user_id, ends_at) WHERE ended_at IS NULL",
    "DROP INDEX session_of_user",
    "CREATE INDEX session_of_user ON session (user_id, id)",
    "CREATE INDEX session_over ON session (least(ended_at, ends_at))",
    "CREATE INDEX session_token_over ON session_token (ends_at)",
    "CREATE INDEX password_reset_over ON password_reset (ends_at)",
    "CREATE INDEX password_reset_of_user ON password_reset (user_id, created_at)",
    "CREATE INDEX remembered_answer_by_time ON remembered_answer (at)",
    "CREATE INDEX known_device_by_time ON known_device (seen_at)",
    "CREATE TABLE retention_run (name text PRIMARY KEY, ran_at timestamptz NOT NULL, removed bigint NOT NULL)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0018_composite_keys")]

    initial = False

    operations = [
        ops.AddField(model_name="Session", name="renewals", field=fields.IntField(default=0, db_default=0)),
        ops.RunSQL(STATEMENTS),
    ]
