"""What was asked for is never rewritten, what was decided is never undone, and a timeline only grows."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = (
    """
    CREATE FUNCTION refuse_to_rewrite_a_request() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state <> 'PENDING' THEN
            RAISE EXCEPTION 'a decided request is final' USING ERRCODE = 'integrity_constraint_violation',
                CONSTRAINT = TG_NAME;
        END IF;
        IF (NEW.organisation_id, NEW.account_name, NEW.type, NEW.fields, NEW.comment, NEW.requested_by_id,
            NEW.requested_at, coalesce(OLD.account_id, NEW.account_id, 0))
           IS DISTINCT FROM
           (OLD.organisation_id, OLD.account_name, OLD.type, OLD.fields, OLD.comment, OLD.requested_by_id,
            OLD.requested_at, coalesce(NEW.account_id, 0)) THEN
            RAISE EXCEPTION 'what was asked for is never rewritten' USING ERRCODE = 'integrity_constraint_violation',
                CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER change_request_is_final BEFORE UPDATE ON change_request"
    " FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_a_request()",
    "CREATE TRIGGER change_request_is_kept BEFORE DELETE OR TRUNCATE ON change_request"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change()",
    "CREATE TRIGGER timeline_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timeline_event"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change()",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0009_accounts_in_figures")]

    operations = [ops.RunSQL(STATEMENTS)]
