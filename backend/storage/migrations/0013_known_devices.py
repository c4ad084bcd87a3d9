"""Browsers in which somebody has signed in before, by the digests of their secrets."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("desk", "0012_mails_of_credentials")]

    initial = False

    operations = [
        ops.CreateModel(
            name="KnownDevice",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "desk.User",
                        source_field="user_id",
                        related_name="known_devices",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("digest", fields.CharField(max_length=64)),
                ("seen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "known_device",
                "app": "desk",
                "pk_attr": "id",
                "unique_together": (("digest", "user"),),
                "table_description": "A browser in which a user has signed in before.",
            },
            bases=["Model"],
        ),
        ops.RunSQL("CREATE INDEX known_device_of_user ON known_device (user_id, seen_at)"),
    ]
