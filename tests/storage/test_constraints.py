"""The database repeats the rules that matter most, and really refuses."""

from typing import Any

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.migrations.constraints import CheckConstraint

from backend.settings import settings
from backend.storage.database import fetch
from tests.desk import Desk

PEOPLE = "(SELECT id FROM person WHERE name = '{}')"
ADA, CARLA = PEOPLE.format("Ada"), PEOPLE.format("Carla")

ACCOUNT = """
INSERT INTO account (organisation_id, name, client_name, licence, datapoints, sector, country, rtc_lines,
                     anchor, months, starts_on, expires_on, version)
SELECT id, {name}, 'c', 'DETECT', {datapoints}, 'RETAIL', {country}, {rtc_lines}, '2026-01-01', 12,
       '2026-01-01', {expires_on}, 1 FROM organisation WHERE name = 'Acme'
"""

REQUEST = """
INSERT INTO change_request (organisation_id, account_id, account_name, type, state, fields, comment, requested_by_id,
                            requested_at, decided_by_id, decided_at, reason, changes)
SELECT organisation_id, {account}, 'Plant 1', {type}, {state}, '{{}}', '', {requested_by}, now(), {decided_by},
       {decided_at}, {reason}, '[]' FROM account
"""


def account(**changes: str) -> str:
    """An INSERT that breaks no rule but those changed."""
    usual = {"name": "'Other'", "datapoints": "20", "country": "'ES'", "rtc_lines": "5", "expires_on": "'2026-12-31'"}
    return ACCOUNT.format(**usual | changes)


def request(**changes: str) -> str:
    """An INSERT that breaks no rule but those changed."""
    usual = {
        "account": "id",
        "type": "'LICENCE'",
        "state": "'PENDING'",
        "requested_by": ADA,
        "decided_by": "NULL",
        "decided_at": "NULL",
        "reason": "NULL",
    }
    return REQUEST.format(**usual | changes)


APPROVED = {"state": "'APPROVED'", "decided_by": CARLA, "decided_at": "now()"}

OTHER_ACCOUNT = f"WITH other AS ({account()} RETURNING id)"

FORBIDDEN = {
    "change_request_account_in_organisation": request().replace(
        "SELECT organisation_id", "SELECT (SELECT id FROM organisation WHERE name = 'Rival')"
    ),
    "timeline_event_of_request_and_account": f"{OTHER_ACCOUNT} INSERT INTO timeline_event"
    " (account_id, request_id, kind, at, by_id, changes, account_version)"
    " SELECT other.id, r.id, 'REQUESTED', now(), r.requested_by_id, '[]', 1 FROM other, change_request r",
    "mail_of_request": "UPDATE mail SET request_id = request_id + 1000",
    "mail_of_request_and_account": f"{OTHER_ACCOUNT} UPDATE mail SET kind = 'RENEWAL_WAITING', milestone = 'ONE_WEEK',"
    " expires_on = '2026-12-31', account_id = other.id FROM other WHERE request_id IS NOT NULL",
    "account_datapoints_minimum": account(datapoints="19"),
    "account_rtc_lines_only_in_spain": account(country="'FR'"),
    "account_rtc_lines_not_negative": account(rtc_lines="-1"),
    "account_name_free_in_organisation": account(name="'PLANT 1'"),
    "account_term_in_order": account(expires_on="'2025-12-31'"),
    "change_request_one_pending_per_type_and_account": request(type="'DATAPOINTS'"),
    "change_request_decider_is_not_requester": request(**APPROVED | {"decided_by": ADA}),
    "change_request_decided_exactly_when_not_pending": request(decided_by=CARLA, decided_at="now()"),
    "change_request_state_is_known": request(**APPROVED | {"state": "'APPLIED'"}),
    "change_request_rejection_has_reason": request(**APPROVED | {"state": "'REJECTED'", "reason": "'  '"}),
    "change_request_account_unless_new": request(account="NULL"),
    "person_email_whatever_the_case": "INSERT INTO person"
    " (name, email, role, language, time_zone, password_hash, is_active)"
    " VALUES ('x', 'ADA@acme.example', 'CUSTOMER_SUCCESS', 'en', 'UTC', 'x', true)",
    "person_organisation_fits_role": "UPDATE person SET organisation_id = NULL WHERE name = 'Ada'",
    "person_role_is_known": "UPDATE person SET role = 'ROOT' WHERE name = 'Ada'",
    "mail_key_key": "INSERT INTO mail (key, kind, recipient_id, facts, due_at, next_at, created_at)"
    " SELECT key, kind, recipient_id, facts, due_at, next_at, created_at FROM mail",
    "mail_ended_exactly_when_final": "UPDATE mail SET state = 'SENT'",
    "mail_unsent_has_a_reason": "UPDATE mail SET state = 'FAILED', ended_at = now()",
    "mail_state_is_known": "UPDATE mail SET state = 'LOST', ended_at = now()",
    "mail_reminder_has_its_milestone": "UPDATE mail SET milestone = 'ONE_WEEK'",
    "mail_of_a_term_names_it": "UPDATE mail SET expires_on = '2026-12-31', account_id = (SELECT id FROM account)",
    "mail_sent_again_by_somebody": "UPDATE mail SET again_at = now()",
}


@pytest.mark.parametrize("rule", FORBIDDEN)
async def test_the_database_refuses_what_breaks_a_rule(desk: Desk, rule: str) -> None:
    await desk.super_admin.files("datapoints", accountId=await desk.account(name="Plant 1"), delta=10)
    connection = await asyncpg.connect(settings().owner_url)
    try:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
            await connection.execute(FORBIDDEN[rule])
    finally:
        await connection.close()

    assert refusal.value.constraint_name == rule


WHAT_WAS_ASKED = {
    "another delta": "UPDATE change_request SET fields = '{\"delta\": 9}'",
    "another type": "UPDATE change_request SET type = 'RENEWAL'",
    "another comment": "UPDATE change_request SET comment = 'x'",
    "another requester": f"UPDATE change_request SET requested_by_id = {PEOPLE.format('Mia')}",
    "another account": "UPDATE change_request SET account_id = NULL, type = 'NEW_ACCOUNT'",
    "another organisation": "UPDATE change_request SET organisation_id = organisation_id + 1",
}

DECIDE = f"UPDATE change_request SET state = 'APPROVED', decided_by_id = {CARLA}, decided_at = now()"

WHAT_WAS_DECIDED = {
    "pending again": "UPDATE change_request SET state = 'PENDING', decided_by_id = NULL, decided_at = NULL",
    "decided otherwise": "UPDATE change_request SET state = 'WITHDRAWN'",
    "decided by another": f"UPDATE change_request SET decided_by_id = {PEOPLE.format('Sofia')}",
    "never asked": "DELETE FROM change_request",
    "no request at all": "TRUNCATE change_request CASCADE",
    "another timeline": "UPDATE timeline_event SET kind = 'REJECTED'",
    "no timeline": "DELETE FROM timeline_event",
}


async def executes(*statements: str) -> None:
    """Past the application."""
    connection = await asyncpg.connect(settings().owner_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("rewriting", WHAT_WAS_ASKED)
async def test_the_database_refuses_to_rewrite_what_was_asked(desk: Desk, rewriting: str) -> None:
    await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)

    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="never rewritten"):
        await executes(WHAT_WAS_ASKED[rewriting])


@pytest.mark.parametrize("undoing", WHAT_WAS_DECIDED)
async def test_the_database_refuses_to_undo_what_was_decided(desk: Desk, undoing: str) -> None:
    await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    await executes(DECIDE)

    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=r"final|append-only"):
        await executes(WHAT_WAS_DECIDED[undoing])


@pytest.mark.parametrize("statement", [account(), request(), request(**APPROVED)])
async def test_the_database_takes_what_breaks_none(desk: Desk, statement: str) -> None:
    await desk.account(name="Plant 1")

    await fetch(statement)


async def test_a_second_pending_new_account_of_a_name_is_refused_by_the_database(desk: Desk) -> None:
    await desk.account(name="Plant 1")
    await fetch(request(account="NULL", type="'NEW_ACCOUNT'"))

    connection = await asyncpg.connect(settings().owner_url)
    try:
        with pytest.raises(asyncpg.UniqueViolationError, match="change_request_one_pending_per_new_name"):
            await connection.execute(request(account="NULL", type="'NEW_ACCOUNT'"))
    finally:
        await connection.close()


async def test_every_constraint_that_a_model_declares_stands_in_the_database(connected: None) -> None:
    declared = {
        constraint.name
        for model in Tortoise.apps["desk"].values()
        for constraint in getattr(model._meta, "constraints", ())
        if isinstance(constraint, CheckConstraint)
    }
    standing = {row["conname"] for row in await fetch("SELECT conname FROM pg_constraint WHERE contype = 'c'")}

    assert declared
    assert declared <= standing


async def test_the_unique_rules_stand_in_the_database(connected: None) -> None:
    rows = await fetch("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    unique: dict[str, Any] = {row["indexname"]: row["indexdef"] for row in rows if "UNIQUE" in row["indexdef"]}

    assert "lower((name)::text)" in unique["account_name_free_in_organisation"]
    assert "WHERE" in unique["change_request_one_pending_per_type_and_account"]
    assert "lower((email)::text)" in unique["person_email_whatever_the_case"]
