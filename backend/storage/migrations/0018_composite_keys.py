"""A request, its account and their organisation belong together; so do a mail or an event, its request and its account.

A reference of two columns that holds replaces that of one.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

DROP_SINGLE = """
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname)
          FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         WHERE c.contype = 'f' AND c.conrelid = 'change_request'::regclass AND cardinality(c.conkey) = 1
           AND a.attname = 'account_id'
    LOOP
        EXECUTE statement;
    END LOOP;
END $$
"""

STATEMENTS = (
    "ALTER TABLE account ADD CONSTRAINT account_of_organisation UNIQUE (id, organisation_id)",
    "ALTER TABLE change_request ADD CONSTRAINT change_request_of_its_account UNIQUE (id, account_id)",
    DROP_SINGLE,
    "ALTER TABLE change_request ADD CONSTRAINT change_request_account_in_organisation"
    " FOREIGN KEY (account_id, organisation_id) REFERENCES account (id, organisation_id)",
    "ALTER TABLE timeline_event ADD CONSTRAINT timeline_event_of_request_and_account"
    " FOREIGN KEY (request_id, account_id) REFERENCES change_request (id, account_id)",
    "ALTER TABLE mail ADD CONSTRAINT mail_of_request FOREIGN KEY (request_id) REFERENCES change_request (id)",
    "ALTER TABLE mail ADD CONSTRAINT mail_of_request_and_account"
    " FOREIGN KEY (request_id, account_id) REFERENCES change_request (id, account_id)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0017_counts_kept")]

    operations = [ops.RunSQL(STATEMENTS)]
