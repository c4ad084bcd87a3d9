"""How many accounts expire on each day and how many requests wait, kept beside what is counted."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    """
    CREATE TABLE account_count (
        organisation_id bigint NOT NULL REFERENCES organisation,
        expires_on date NOT NULL,
        accounts integer NOT NULL,
        CONSTRAINT account_count_not_negative CHECK (accounts >= 0),
        PRIMARY KEY (organisation_id, expires_on) INCLUDE (accounts)
    )
    """,
    # In parts, so that decisions of one organisation at the same moment do not wait for each other.
    """
    CREATE TABLE queue_count (
        organisation_id bigint NOT NULL REFERENCES organisation,
        type varchar(24) NOT NULL,
        part smallint NOT NULL,
        requests integer NOT NULL,
        CONSTRAINT queue_count_not_negative CHECK (requests >= 0),
        PRIMARY KEY (organisation_id, type, part)
    )
    """,
    # The earlier day first, which a renewal leaves: two renewals never wait for each other in a circle.
    """
    CREATE FUNCTION count_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            UPDATE account_count SET accounts = accounts - 1
             WHERE organisation_id = OLD.organisation_id AND expires_on = OLD.expires_on;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO account_count AS c VALUES (NEW.organisation_id, NEW.expires_on, 1)
            ON CONFLICT (organisation_id, expires_on) DO UPDATE SET accounts = c.accounts + 1;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION count_queue() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO queue_count AS c VALUES (NEW.organisation_id, NEW.type, NEW.id % 16, 1)
            ON CONFLICT (organisation_id, type, part) DO UPDATE SET requests = c.requests + 1;
        ELSE
            UPDATE queue_count SET requests = requests - 1
             WHERE organisation_id = NEW.organisation_id AND type = NEW.type AND part = NEW.id % 16;
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER account_comes_or_goes AFTER INSERT OR DELETE ON account"
    " FOR EACH ROW EXECUTE FUNCTION count_accounts()",
    "CREATE TRIGGER account_moves AFTER UPDATE ON account FOR EACH ROW"
    " WHEN ((OLD.organisation_id, OLD.expires_on) IS DISTINCT FROM (NEW.organisation_id, NEW.expires_on))"
    " EXECUTE FUNCTION count_accounts()",
    "CREATE TRIGGER change_request_waits AFTER INSERT ON change_request FOR EACH ROW"
    " WHEN (NEW.state = 'PENDING') EXECUTE FUNCTION count_queue()",
    "CREATE TRIGGER change_request_waits_no_more AFTER UPDATE ON change_request FOR EACH ROW"
    " WHEN (OLD.state = 'PENDING' AND NEW.state <> 'PENDING') EXECUTE FUNCTION count_queue()",
    # Whoever makes a trigger keeps writers away until the end: nothing comes in between.
    "INSERT INTO account_count SELECT organisation_id, expires_on, count(*) FROM account GROUP BY 1, 2",
    "INSERT INTO queue_count SELECT organisation_id, type, id % 16, count(*) FROM change_request"
    " WHERE state = 'PENDING' GROUP BY 1, 2, 3",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0016_mails_in_hand")]

    operations = [ops.RunSQL(STATEMENTS)]
