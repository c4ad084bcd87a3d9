"""The index that the figures of a list are summed from, without its rows."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = ("CREATE INDEX account_in_figures ON account (organisation_id, expires_on) INCLUDE (licence, datapoints)",)


class Migration(migrations.Migration):
    dependencies = [("desk", "0008_indexes_of_growth")]

    operations = [ops.RunSQL(STATEMENTS)]
