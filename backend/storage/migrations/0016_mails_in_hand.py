"""A mail's other lines are found by their digest whatever PostgreSQL believes is due; a mail in hand is not compressed.

The bytes of a mail are kept while it is in doubt, for the part of a second that its host takes: to make them smaller
takes longer than to write them.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    "DROP INDEX mail_shared",
    "CREATE INDEX mail_shared ON mail (digest, id) WHERE ended_at IS NULL",
    "ALTER TABLE mail ALTER COLUMN message SET STORAGE EXTERNAL",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0015_mails_in_their_order")]

    operations = [ops.RunSQL(STATEMENTS)]
