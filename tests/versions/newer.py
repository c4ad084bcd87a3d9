"""What a newer version does to the database that it shares with this one: new codes, and rows that hold them."""

import json
from typing import Any

from backend import clock
from backend.global_ids import global_id, key_in
from tests.desk import Person
from tests.owner import by_owner

CHECKS = {
    "change_request": (
        "change_request_state_is_known",
        "change_request_account_unless_new",
        "change_request_decided_exactly_when_not_pending",
    ),
    "timeline_event": ("timeline_event_kind_is_known",),
    "mail": (
        "mail_kind_is_known",
        "mail_milestone_is_known",
        "mail_reminder_has_its_milestone",
        "mail_state_is_known",
        "mail_ended_exactly_when_final",
        "mail_of_a_term_names_it",
    ),
    "person": ("person_role_is_known", "person_organisation_fits_role"),
    "session": ("session_kind_is_known",),
}
"""What its migrations replace."""


async def migrates() -> None:
    """Let the tables hold codes that this version does not know."""
    for table, checks in CHECKS.items():
        for check in checks:
            await by_owner(f"ALTER TABLE {table} DROP CONSTRAINT {check}")


async def inserts(table: str, **values: Any) -> int:
    """Write a row. Returns its id."""
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    given = [json.dumps(value) if isinstance(value, dict | list) else value for value in values.values()]
    (row,) = await by_owner(f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id", *given)
    return int(row["id"])


async def files(person: Person, account: str | None, type_: str = "CLOSURE", **more: Any) -> str:
    """A pending request, of a type of its own unless said. Returns its global id."""
    assert person.user is not None
    values: dict[str, Any] = {
        "organisation_id": person.user.organisation_id,
        "account_id": key_in(account, "Account") if account else None,
        "account_name": "Plant 1",
        "type": type_,
        "state": "PENDING",
        "fields": {"last_day": "2027-01-31"},
        "comment": "We move out.",
        "requested_by_id": person.user.id,
        "requested_at": clock.now(),
        "changes": [],
    }
    return global_id("ChangeRequest", await inserts("change_request", **values | more))


async def has_mail(recipient: Person, **more: Any) -> int:
    """A line of the ledger that is due, of a kind of its own unless said. Returns its key."""
    assert recipient.user is not None
    values: dict[str, Any] = {
        "key": f"newer:{len(await by_owner('SELECT 1 FROM mail'))}",
        "kind": "CLOSURE_CONFIRMED",
        "recipient_id": recipient.user.id,
        "facts": {},
        "due_at": clock.now(),
        "next_at": clock.now(),
        "created_at": clock.now(),
    }
    return await inserts("mail", **values | more)
