"""Mails that tell somebody that their ways in were changed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

KINDS = (
    "kind IN ('REQUEST_FILED', 'REQUEST_DECIDED', 'REMINDER', 'REMINDERS_LATE', 'RENEWAL_WAITING',"
    " 'PASSWORD_RESET', 'NEW_SIGN_IN', 'CREDENTIALS_CHANGED')"
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0011_second_factors")]

    operations = [
        ops.RemoveConstraint(model_name="Mail", name="mail_kind_is_known"),
        ops.AddConstraint(model_name="Mail", constraint=CheckConstraint(check=KINDS, name="mail_kind_is_known")),
    ]
