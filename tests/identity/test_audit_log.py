"""Each privileged act leaves a line that its organisation and Customer Success can read, and nobody can change."""

from typing import Any

import asyncpg
import httpx2
import pytest

from backend.identity.audit import Act, AuditLog, acting_from, record
from backend.identity.models import AuditEntry
from backend.settings import settings
from backend.storage.database import fetch, transaction
from tests.command_line import emp
from tests.desk import PASSWORD, Desk, Person

LOG = "query ($acts: [AuditAct!], $first: Int! = 50, $after: String) {"
LOG += " auditLog(acts: $acts, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }"
LOG += " nodes { act subject by { name } request { id } facts { name value } } } }"


async def log_of(person: Person, *acts: str) -> list[dict[str, Any]]:
    """The lines that somebody reads, of some acts or of all."""
    nodes: list[dict[str, Any]] = (await person.asks(LOG, acts=acts or None)).data["auditLog"]["nodes"]
    return nodes


async def test_filing_deciding_and_withdrawing_are_written_down_with_who_did_it(desk: Desk) -> None:
    first, second = await desk.account(), await desk.account()
    approved = await desk.super_admin.files("datapoints", accountId=first, delta=5)
    await desk.customer_success.approves(approved.id)
    rejected = await desk.super_admin.files("licence", accountId=first, licence="PROFESSIONAL")
    await desk.colleague.rejects(rejected.id)
    withdrawn = await desk.super_admin.files("renewal", accountId=second, periodMonths=6)
    await desk.super_admin.withdraws(withdrawn.id)

    written = [(line["act"], line["by"]["name"], line["subject"]) for line in (await log_of(desk.super_admin))[:6]]

    assert written == [
        ("REQUEST_WITHDRAWN", "Ada", "Plant 2"),
        ("REQUEST_FILED", "Ada", "Plant 2"),
        ("REQUEST_REJECTED", "Sofia", "Plant 1"),
        ("REQUEST_FILED", "Ada", "Plant 1"),
        ("REQUEST_APPROVED", "Carla", "Plant 1"),
        ("REQUEST_FILED", "Ada", "Plant 1"),
    ]


async def test_a_refused_act_leaves_no_line(desk: Desk) -> None:
    account = await desk.account()
    before = await log_of(desk.super_admin)

    assert (await desk.super_admin.files("datapoints", accountId=account, delta=0)).codes == ["NO_CHANGE"]

    assert await log_of(desk.super_admin) == before


async def test_signing_in_and_out_and_a_new_password_are_written_down(desk: Desk) -> None:
    ada = desk.super_admin
    change = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { errors { code } } }"
    await ada.asks(change, input={"currentPassword": PASSWORD, "newPassword": "another long one"})
    await ada.asks("mutation { signOut { errors { code } } }")

    lines = await AuditEntry.filter(subject="ada@acme.example").order_by("id")

    assert [line.act for line in lines] == ["USER_ADDED", "SIGNED_IN", "PASSWORD_SET", "SIGNED_OUT"]
    assert "another long one" not in str([line.facts for line in lines])


async def test_an_organisation_reads_its_own_lines_and_customer_success_all(desk: Desk) -> None:
    subjects = {line["subject"] for line in await log_of(desk.super_admin)}
    everything = {line["subject"] for line in await log_of(desk.customer_success)}

    assert "rex@rival.example" not in subjects
    assert {"ada@acme.example", "mia@acme.example"} <= subjects
    assert {"ada@acme.example", "rex@rival.example", "carla@platform.example"} <= everything
    assert (await desk.member.asks(LOG)).code == "FORBIDDEN"


async def test_a_reader_narrows_the_log_to_some_acts_and_sees_no_more_of_others_by_it(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=5)
    await desk.customer_success.approves(filed.id)

    acts = ("REQUEST_FILED", "REQUEST_APPROVED")
    decided = await log_of(desk.super_admin, *acts)
    signed_in = {line["subject"] for line in await log_of(desk.super_admin, "SIGNED_IN")}

    assert [(line["act"], line["request"]["id"]) for line in decided] == [(act, filed.id) for act in acts[::-1]]
    assert signed_in == {"ada@acme.example", "mia@acme.example"}
    assert (await desk.super_admin.asks(LOG, acts=["SIGNED_IN"], first=1)).data["auditLog"]["totalCount"] == 2
    assert await log_of(desk.super_admin, "BACKUP_RESTORED") == []


async def test_from_where_somebody_acted_is_read_by_customer_success_and_operators_alone(desk: Desk) -> None:
    query = "{ auditLog(acts: [SIGNED_IN], first: 1) { nodes { subject address } } }"
    await desk.stranger(desk.super_admin.user, address="2001:db8::7").signs_in()

    read = (await desk.customer_success.asks(query)).data["auditLog"]["nodes"]
    hidden = (await desk.super_admin.asks(query)).data["auditLog"]["nodes"]
    _, said, _ = await emp("audit", "--last", "1")

    assert read == [{"subject": "ada@acme.example", "address": "2001:db8::7"}]
    assert hidden == [{"subject": "ada@acme.example", "address": None}]
    assert "by ada@acme.example from 2001:db8::7" in said[0]


FORGING = ("phone\n2026-01-01 00:00:00  USER_CLOSED  x", "\x1b[2J", "a\u202eb", "a\u2028b", "\x9b2J", "\x07", "\x7f")


@pytest.mark.parametrize("device", FORGING)
async def test_a_device_whose_name_would_forge_the_log_signs_nobody_in(desk: Desk, device: str) -> None:
    before = await AuditEntry.all().count()

    answer = await desk.stranger().tries_to_sign_in("ada@acme.example", PASSWORD, device=device)

    signed_in = answer.data["signIn"]
    assert (signed_in["viewer"], [error["code"] for error in signed_in["errors"]]) == (None, ["BAD_CHARACTERS"])
    assert await AuditEntry.all().count() == before


async def test_a_browsers_name_is_kept_without_what_a_terminal_obeys(desk: Desk) -> None:
    stranger = desk.stranger(desk.super_admin.user)
    headers = [(b"user-agent", b"Firefox\x9b2J 140"), (b"x-requested-with", b"tests")]
    stranger.client.headers = httpx2.Headers(headers)
    await stranger.signs_in()

    written = (await log_of(desk.super_admin, "SIGNED_IN"))[0]["facts"]
    assert {"name": "device", "value": "Firefox2J 140"} in written


async def test_a_line_at_the_terminal_is_one_line_and_nothing_that_the_terminal_obeys(desk: Desk) -> None:
    await record(Act.SIGNED_OUT, by=None, organisation_id=None, subject="x", device="".join(FORGING))

    _, said, _ = await emp("audit", "--last", "1")

    assert len(said) == 1
    assert "\\n2026-01-01" in said[0]
    assert "\\x1b[2J" in said[0]
    assert not any(char in said[0] for char in "\x1b\u202e\u2028\x9b\x07\x7f")


async def test_what_was_done_at_the_command_line_has_no_address(desk: Desk) -> None:
    await emp("user", "sign-out", "mia@acme.example")

    assert [line.address for line in await AuditEntry.filter(act="SIGNED_OUT_EVERYWHERE")] == [None]


async def test_the_address_of_one_client_is_in_no_line_of_the_next(desk: Desk) -> None:
    with acting_from("198.51.100.7"):
        with acting_from("203.0.113.9"):
            await record(Act.SIGNED_OUT, by=None, organisation_id=None, subject="second")
        await record(Act.SIGNED_OUT, by=None, organisation_id=None, subject="first")
    await record(Act.SIGNED_OUT, by=None, organisation_id=None, subject="nobody")

    lines = {line.subject: line.address for line in await AuditEntry.filter(act="SIGNED_OUT")}
    assert lines == {"second": "203.0.113.9", "first": "198.51.100.7", "nobody": None}


@pytest.mark.parametrize("reader", ["super_admin", "customer_success"])
async def test_lines_of_one_act_are_read_in_their_order_from_an_index(desk: Desk, reader: str) -> None:
    user = getattr(desk, reader).user
    where = AuditLog(user, [Act.SIGNED_IN])._where()
    async with transaction():
        await fetch("SET LOCAL enable_seqscan = off")
        await fetch("SET LOCAL enable_bitmapscan = off")
        sql = f"EXPLAIN SELECT * FROM audit_entry e WHERE {where} ORDER BY e.at DESC, e.id DESC LIMIT 25"
        plan = " ".join(row["QUERY PLAN"] for row in await fetch(sql, *where.values))

    assert "audit_entry_of_act" in plan or "audit_entry_of_organisation_by_act" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET act = 'X'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
async def test_the_database_refuses_to_change_or_remove_a_line(desk: Desk, statement: str) -> None:
    written = await AuditEntry.all().count()
    connection = await asyncpg.connect(settings().owner_url)
    try:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()

    assert await AuditEntry.all().count() == written > 0
