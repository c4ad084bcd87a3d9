"""How often a session's tokens were renewed; indexes for what is removed by its age, and for a person's devices."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("desk", "0017_counts_kept")]

    initial = False

    operations = [
        ops.AddField(model_name="Session", name="renewals", field=fields.IntField(default=0, db_default=0)),
    ]
