"""Mails that several lines share, notices by the calendar, sending again, and what is known of a mail host."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

KINDS = (
    "kind IN ('REQUEST_FILED', 'REQUEST_DECIDED', 'REMINDER', 'REMINDERS_LATE', 'RENEWAL_WAITING', 'PASSWORD_RESET',"
    " 'NEW_SIGN_IN')"
)

INDEXES = (
    "CREATE INDEX mail_shared ON mail (digest, id) WHERE state IN ('WAITING', 'CLAIMED', 'IN_DOUBT')",
    "CREATE INDEX mail_ended ON mail (ended_at) WHERE ended_at IS NOT NULL",
    "CREATE INDEX mail_late ON mail (ended_at) WHERE reason = 'late'",
    "CREATE INDEX mail_of_recipient ON mail (recipient_id)",
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0004_recent_counts")]

    initial = False

    operations = [
        ops.AddField(model_name="Mail", name="digest", field=fields.CharField(null=True, max_length=400)),
        ops.AddField(model_name="Mail", name="again_at", field=fields.DatetimeField(null=True)),
        ops.AddField(
            model_name="Mail",
            name="again_by",
            field=fields.ForeignKeyField(
                "desk.User",
                source_field="again_by_id",
                null=True,
                related_name="mails_sent_again",
                db_constraint=True,
                to_field="id",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(model_name="ReminderPlan", name="began_at", field=fields.DatetimeField(null=True)),
        ops.CreateModel(
            name="MailHost",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=300)),
                ("faults", fields.IntField(default=0, db_default=0)),
                ("open_until", fields.DatetimeField(null=True)),
                ("last_fault", fields.TextField(null=True)),
                ("last_fault_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "mail_host",
                "app": "desk",
                "pk_attr": "name",
                "table_description": "What is known of a host that mails go to.",
            },
            bases=["Model"],
        ),
        ops.RemoveConstraint(model_name="Mail", name="mail_kind_is_known"),
        ops.AddConstraint(model_name="Mail", constraint=CheckConstraint(check=KINDS, name="mail_kind_is_known")),
        ops.RemoveConstraint(model_name="Mail", name="mail_reminder_has_its_milestone"),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="(kind IN ('REMINDER', 'RENEWAL_WAITING')) = (milestone IS NOT NULL)",
                name="mail_reminder_has_its_milestone",
            ),
        ),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="(kind IN ('REMINDER', 'REMINDERS_LATE', 'RENEWAL_WAITING'))"
                " = (account_id IS NOT NULL AND expires_on IS NOT NULL)",
                name="mail_of_a_term_names_it",
            ),
        ),
        ops.AddConstraint(
            model_name="Mail",
            constraint=CheckConstraint(
                check="(again_at IS NULL) = (again_by_id IS NULL)", name="mail_sent_again_by_somebody"
            ),
        ),
        ops.RunSQL(INDEXES),
    ]
