"""Indexes that the figures of a list are summed from without its rows, and that all clients are walked along."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    "CREATE INDEX account_in_figures ON account (organisation_id, expires_on) INCLUDE (licence, datapoints)",
    "CREATE INDEX account_by_client_of_all ON account (lower(client_name), id)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0007_changes_of_requests")]

    operations = [ops.RunSQL(STATEMENTS)]
