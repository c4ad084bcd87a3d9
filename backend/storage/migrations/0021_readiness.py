"""A row that is written to see whether the database takes writes; nothing in it may not be lost."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    "CREATE TABLE write_check (id smallint PRIMARY KEY CHECK (id = 1), written_at timestamptz NOT NULL)",
    "INSERT INTO write_check (id, written_at) VALUES (1, now())",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0020_search_indexes")]

    operations = [ops.RunSQL(STATEMENTS)]
