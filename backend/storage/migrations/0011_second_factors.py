"""Second factors of users: sealed secrets, recovery codes by their digests, and since when one is asked for."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("desk", "0010_requests_are_final")]

    initial = False

    operations = [
        ops.AddField(model_name="User", name="second_factor_since", field=fields.DatetimeField(null=True)),
        ops.CreateModel(
            name="SecondFactor",
            fields=[
                (
                    "user",
                    fields.OneToOneField(
                        "desk.User",
                        source_field="user_id",
                        primary_key=True,
                        related_name="second_factor",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("sealed_secret", fields.TextField()),
                ("last_step", fields.BigIntField(default=0, db_default=0)),
            ],
            options={
                "table": "second_factor",
                "app": "desk",
                "pk_attr": "user_id",
                "table_description": "What a user's authenticator app and the desk share.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="user_id",
                        related_name="recovery_codes",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("digest", fields.CharField(unique=True, max_length=64)),
            ],
            options={
                "table": "recovery_code",
                "app": "desk",
                "pk_attr": "id",
                "table_description": "A way in for one use, without the app.",
            },
            bases=["Model"],
        ),
        ops.RunSQL("CREATE INDEX recovery_code_of_user ON recovery_code (user_id)"),
    ]
