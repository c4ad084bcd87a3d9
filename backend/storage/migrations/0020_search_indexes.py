"""Requests are searched by name and client; mails are listed by time, and found by recipient and by request."""

from tortoise import migrations
from tortoise.migrations import operations as ops

ASKED = "lower(account_name || ' ' || coalesce(fields->>'client_name', ''))"

STATEMENTS = (
    "DROP INDEX change_request_search",
    f"CREATE INDEX change_request_search ON change_request USING gin (({ASKED}) gin_trgm_ops)",
    "CREATE INDEX change_request_search_in_organisation ON change_request"
    f" USING gin (organisation_id, ({ASKED}) gin_trgm_ops)",
    "CREATE INDEX person_search ON person USING gin ((lower(name || ' ' || email)) gin_trgm_ops)",
    "CREATE INDEX organisation_search ON organisation USING gin ((lower(name)) gin_trgm_ops)",
    "CREATE INDEX mail_by_time ON mail (created_at, id)",
    "CREATE INDEX mail_of_request ON mail (request_id) WHERE request_id IS NOT NULL",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0019_retention_indexes")]

    operations = [ops.RunSQL(STATEMENTS)]
