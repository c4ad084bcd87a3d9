"""Indexes for lists over every organisation, the order by licence, and each organisation's own queue and search."""

from tortoise import migrations
from tortoise.migrations import operations as ops

LICENCE_RANK = "array_position(ARRAY['ANALYSE', 'DETECT', 'OPTIMISE', 'PROFESSIONAL']::varchar[], licence)"

STATEMENTS = (
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    "CREATE INDEX account_search_in_organisation ON account"
    " USING gin (organisation_id, lower(name || ' ' || client_name) gin_trgm_ops)",
    "CREATE INDEX account_by_name_everywhere ON account (lower(name), id)",
    "CREATE INDEX account_by_client_everywhere ON account (lower(client_name), id)",
    "CREATE INDEX account_by_datapoints_everywhere ON account (datapoints, id)",
    "CREATE INDEX account_by_expiry_everywhere ON account (expires_on, id)",
    "DROP INDEX account_expiring",
    f"CREATE INDEX account_by_licence ON account (organisation_id, ({LICENCE_RANK}), id)",
    f"CREATE INDEX account_by_licence_everywhere ON account (({LICENCE_RANK}), id)",
    "CREATE INDEX change_request_by_time_everywhere ON change_request (requested_at, id)",
    "CREATE INDEX change_request_queue_of_organisation ON change_request (organisation_id, requested_at, id)"
    " WHERE state = 'PENDING'",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0007_changes_of_requests")]

    operations = [ops.RunSQL(STATEMENTS)]
