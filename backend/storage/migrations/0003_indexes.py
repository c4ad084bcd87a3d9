"""Unique rules over expressions and conditions, the indexes that lists and loops read by, and trigrams for search."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    # Rules
    "CREATE UNIQUE INDEX person_email_whatever_the_case ON person (lower(email))",
    "CREATE UNIQUE INDEX organisation_name_whatever_the_case ON organisation (lower(name))",
    "CREATE UNIQUE INDEX account_name_free_in_organisation ON account (organisation_id, lower(name))",
    "CREATE UNIQUE INDEX change_request_one_pending_per_type_and_account"
    " ON change_request (account_id, type) WHERE state = 'PENDING' AND account_id IS NOT NULL",
    "CREATE UNIQUE INDEX change_request_one_pending_per_new_name"
    " ON change_request (organisation_id, lower(account_name)) WHERE state = 'PENDING' AND type = 'NEW_ACCOUNT'",
    # Lists of accounts, one index per order
    "CREATE INDEX account_by_client ON account (organisation_id, lower(client_name), id)",
    "CREATE INDEX account_by_name ON account (organisation_id, lower(name), id)",
    "CREATE INDEX account_by_datapoints ON account (organisation_id, datapoints, id)",
    "CREATE INDEX account_by_expiry ON account (organisation_id, expires_on, id)",
    "CREATE INDEX account_expiring ON account (expires_on)",
    "CREATE INDEX account_search ON account USING gin (lower(name || ' ' || client_name) gin_trgm_ops)",
    # Requests and timelines
    "CREATE INDEX change_request_queue ON change_request (requested_at, id) WHERE state = 'PENDING'",
    "CREATE INDEX change_request_by_time ON change_request (organisation_id, requested_at, id)",
    "CREATE INDEX change_request_of_account ON change_request (account_id, requested_at)",
    "CREATE INDEX change_request_search ON change_request USING gin (lower(account_name) gin_trgm_ops)",
    "CREATE INDEX timeline_event_of_account ON timeline_event (account_id, at, id)",
    # Sessions
    "CREATE INDEX session_of_user ON session (user_id)",
    "CREATE INDEX session_token_of_session ON session_token (session_id)",
    # The sender's loop, and the rows that a renewal cancels
    "CREATE INDEX mail_to_send ON mail (next_at) WHERE state IN ('WAITING', 'CLAIMED', 'IN_DOUBT')",
    "CREATE INDEX mail_of_account ON mail (account_id, expires_on)",
    "CREATE INDEX person_of_organisation ON person (organisation_id)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0002_constraints")]

    operations = [ops.RunSQL(STATEMENTS)]
