from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial")]

    initial = False

    operations = [
        ops.AddConstraint(
            model_name="Account",
            constraint=CheckConstraint(check="datapoints >= 20", name="account_datapoints_minimum"),
        ),
        ops.AddConstraint(
            model_name="Account",
            constraint=CheckConstraint(check="rtc_lines >= 0", name="account_rtc_lines_not_negative"),
        ),
        ops.AddConstraint(
            model_name="Account",
            constraint=CheckConstraint(check="rtc_lines = 0 OR country = 'ES'", name="account_rtc_lines_only_in_spain"),
        ),
        ops.AddConstraint(
            model_name="Account",
            constraint=CheckConstraint(check="months > 0", name="account_months_positive"),
        ),
        ops.AddConstraint(
            model_name="Account",
            constraint=CheckConstraint(
                check="anchor <= starts_on AND starts_on <= expires_on", name="account_term_in_order"
            ),
        ),
        ops.AddConstraint(
            model_name="Account",
            constraint=CheckConstraint(check="version > 0", name="account_version_positive"),
        ),
        ops.AddConstraint(
            model_name="ChangeRequest",
            constraint=CheckConstraint(
                check="state IN ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN')", name="change_request_state_is_known"
            ),
        ),
        ops.AddConstraint(
            model_name="ChangeRequest",
            constraint=CheckConstraint(
                check="(state = 'PENDING') = (decided_at IS NULL) AND (state = 'PENDING') = (decided_by_id IS NULL)",
                name="change_request_decided_exactly_when_not_pending",
            ),
        ),
        ops.AddConstraint(
            model_name="ChangeRequest",
            constraint=CheckConstraint(
                check="state NOT IN ('APPROVED', 'REJECTED') OR decided_by_id <> requested_by_id",
                name="change_request_decider_is_not_requester",
            ),
        ),
        ops.AddConstraint(
            model_name="ChangeRequest",
            constraint=CheckConstraint(
                check="(state = 'REJECTED') = (reason IS NOT NULL AND btrim(reason) <> '')",
                name="change_request_rejection_has_reason",
            ),
        ),
        ops.AddConstraint(
            model_name="ChangeRequest",
            constraint=CheckConstraint(
                check="type = 'NEW_ACCOUNT' OR account_id IS NOT NULL", name="change_request_account_unless_new"
            ),
        ),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="kind IN ('REQUEST_FILED', 'REQUEST_DECIDED', 'REMINDER', 'PASSWORD_RESET')",
                name="mail_kind_is_known",
            ),
        ),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="milestone IS NULL OR milestone IN ('ONE_MONTH', 'ONE_WEEK', 'EXPIRY_DAY')",
                name="mail_milestone_is_known",
            ),
        ),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="(kind = 'REMINDER') = (account_id IS NOT NULL AND milestone IS NOT NULL AND expires_on IS NOT NULL)",
                name="mail_reminder_has_its_milestone",
            ),
        ),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="state IN ('WAITING', 'CLAIMED', 'IN_DOUBT', 'SENT', 'SENT_MAYBE_TWICE', 'UNKNOWN', 'CANCELLED', 'SKIPPED', 'FAILED')",
                name="mail_state_is_known",
            ),
        ),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="(state IN ('WAITING', 'CLAIMED', 'IN_DOUBT')) = (ended_at IS NULL)",
                name="mail_ended_exactly_when_final",
            ),
        ),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="state NOT IN ('CANCELLED', 'SKIPPED', 'FAILED') OR reason IS NOT NULL",
                name="mail_unsent_has_a_reason",
            ),
        ),
        ops.AddConstraint(
            model_name="ReminderPlan",
            constraint=CheckConstraint(check="id = 1", name="reminder_plan_is_one"),
        ),
        ops.AddConstraint(
            model_name="Session",
            constraint=CheckConstraint(check="kind IN ('PAGE', 'PHONE')", name="session_kind_is_known"),
        ),
        ops.AddConstraint(
            model_name="SessionToken",
            constraint=CheckConstraint(
                check="kind IN ('COOKIE', 'ACCESS', 'REFRESH')", name="session_token_kind_is_known"
            ),
        ),
        ops.AddConstraint(
            model_name="TimelineEvent",
            constraint=CheckConstraint(
                check="kind IN ('REQUESTED', 'APPROVED', 'REJECTED', 'WITHDRAWN')", name="timeline_event_kind_is_known"
            ),
        ),
        ops.AddConstraint(
            model_name="User",
            constraint=CheckConstraint(
                check="role IN ('SUPER_ADMIN', 'MEMBER', 'CUSTOMER_SUCCESS')", name="person_role_is_known"
            ),
        ),
        ops.AddConstraint(
            model_name="User",
            constraint=CheckConstraint(
                check="(role = 'CUSTOMER_SUCCESS') = (organisation_id IS NULL)", name="person_organisation_fits_role"
            ),
        ),
    ]
