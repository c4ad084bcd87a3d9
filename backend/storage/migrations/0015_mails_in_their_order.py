"""An index in the order in which mails are claimed: the day's reminders are all due at the same instant."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    "CREATE INDEX mail_in_order ON mail (next_at, id) WHERE state IN ('WAITING', 'CLAIMED', 'IN_DOUBT')",
    "DROP INDEX mail_to_send",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0014_addresses_of_acts")]

    operations = [ops.RunSQL(STATEMENTS)]
