"""The order by licence holds accounts whose licence only a newer version knows: after those of the catalogue."""

from tortoise import migrations
from tortoise.migrations import operations as ops

RANK = "coalesce(array_position(ARRAY['ANALYSE', 'DETECT', 'OPTIMISE', 'PROFESSIONAL']::varchar[], licence), 5)"

STATEMENTS = (
    "DROP INDEX account_by_licence",
    "DROP INDEX account_by_licence_everywhere",
    f"CREATE INDEX account_by_licence ON account (organisation_id, ({RANK}), id)",
    f"CREATE INDEX account_by_licence_everywhere ON account (({RANK}), id)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0021_readiness")]

    operations = [ops.RunSQL(STATEMENTS)]
