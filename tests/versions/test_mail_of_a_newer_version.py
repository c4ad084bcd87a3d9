"""A worker leaves the mails that only a newer version can render to its workers, and shows them as what they are."""

from datetime import timedelta
from typing import Any

import pytest

from backend import clock
from backend.global_ids import global_id, key_in
from backend.identity.audit import Act
from backend.mail import ledger
from backend.mail.health import mail_health
from tests.desk import NEW_ACCOUNT, Desk
from tests.mail.conftest import Post
from tests.owner import by_owner
from tests.versions import newer

FACTS = {
    "type": "DATAPOINTS",
    "account_name": "Plant 1",
    "client_name": "Client",
    "organisation_name": "Acme",
    "requester_name": "Ada",
    "comment": "",
    "decision": "APPROVED",
    "decider_name": "Carla",
    "reason": None,
    "mail_domain": None,
    "request_link_id": "x",
    "account_link_id": None,
    "changes": [{"field": "DATAPOINTS", "before": "70", "after": "40"}],
}

UNKNOWN: dict[str, dict[str, Any]] = {
    "a kind": {"kind": "CLOSURE_CONFIRMED"},
    "a milestone": {"kind": "REMINDER", "milestone": "TWO_WEEKS"},
    "a type of request": {"kind": "REQUEST_DECIDED", "facts": FACTS | {"type": "CLOSURE"}},
    "a decision": {"kind": "REQUEST_DECIDED", "facts": FACTS | {"decision": "PUT_ON_HOLD"}},
    "a field": {
        "kind": "REQUEST_DECIDED",
        "facts": FACTS | {"changes": [*FACTS["changes"], {"field": "CLOSED_ON", "before": None, "after": "x"}]},  # type: ignore[misc]
    },
    "an act": {"kind": "CREDENTIALS_CHANGED", "facts": {"act": "PASSKEY_ADDED", "at": "2026-11-23T10:00:00Z"}},
}

MAILS = """{
  mails { nodes { kind kindName milestone milestoneName state stateName reason { code message } canBeSentAgain } }
  others: mails(kinds: [OTHER]) { totalCount } held: mails(states: [OTHER]) { totalCount }
  mailHealth { trouble oldestDueAt open { state stateName count } endedInLastDay { state stateName count } }
}"""

AGAIN = "mutation ($id: ID!) { sendMailAgain(input: {id: $id}) { mail { state } errors { code } } }"


async def row(mail: int) -> dict[str, Any]:
    """A line of the ledger."""
    (found,) = await by_owner("SELECT * FROM mail WHERE id = $1", mail)
    return found


@pytest.mark.parametrize("what", UNKNOWN)
async def test_a_mail_with_something_unknown_waits_for_a_newer_worker(desk: Desk, post: Post, what: str) -> None:
    about = UNKNOWN[what]
    if about["kind"] == "REMINDER":
        expires_on = desk.today() + timedelta(days=3)
        account = key_in(await desk.account(expires_on=expires_on), "Account")
        about = about | {"account_id": account, "expires_on": expires_on}
    mail = await newer.has_mail(desk.super_admin, **about)
    before = await row(mail)

    for _ in range(3):
        await post.sender.send_due()
        clock.advance(timedelta(hours=2))

    assert await row(mail) == before
    assert post.server.messages == []
    assert (await mail_health(clock.now())).oldest_due_at == before["due_at"]


@pytest.mark.parametrize("column", ["language", "role", "state"])
async def test_a_mail_whose_reader_or_request_is_unknown_waits_for_a_newer_worker(
    desk: Desk, post: Post, column: str
) -> None:
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    if column == "state":
        await by_owner("UPDATE change_request SET state = 'ON_HOLD' WHERE id = $1", key_in(filed.id, "ChangeRequest"))
    else:
        await by_owner(f"UPDATE person SET {column} = 'pt' WHERE organisation_id IS NULL")

    await post.sender.send_due()

    assert post.server.messages == []
    assert await by_owner("SELECT DISTINCT state, attempt, failures FROM mail") == [
        {"state": "WAITING", "attempt": 0, "failures": 0}
    ]


async def test_mails_that_are_known_go_out_past_those_that_are_not(desk: Desk, post: Post) -> None:
    for _ in range(20):
        await newer.has_mail(desk.super_admin)
    assert desk.super_admin.user is not None
    await ledger.credentials_changed(Act.PASSWORD_SET, desk.super_admin.user)

    await post.sender.send_due()

    assert post.subjects_to("ada@acme.example") == ["Your password was changed"]


async def test_a_digest_goes_out_without_the_lines_that_are_unknown(desk: Desk, post: Post) -> None:
    expires_on = desk.today() + timedelta(days=7)
    account = key_in(await desk.account(expires_on=expires_on), "Account")
    await post.goes_out()
    (known,) = await by_owner("SELECT * FROM mail WHERE milestone = 'ONE_WEEK'")
    await by_owner(
        "UPDATE mail SET state = 'WAITING', reason = NULL, ended_at = NULL, doubts = 0, next_at = due_at,"
        " message = NULL, message_id = NULL WHERE id = $1",
        known["id"],
    )
    await newer.has_mail(
        *(desk.super_admin,),
        kind="REMINDER",
        milestone="TWO_WEEKS",
        digest=known["digest"],
        account_id=account,
        expires_on=expires_on,
    )

    await post.sender.send_due()

    assert await by_owner("SELECT milestone FROM mail WHERE state = 'WAITING'") == [{"milestone": "TWO_WEEKS"}]
    assert len(post.to("ada@acme.example")) == 2


async def test_the_ledger_shows_mails_that_only_a_newer_version_knows(desk: Desk) -> None:
    mail = await newer.has_mail(desk.super_admin, state="FAILED", reason="spam", ended_at=clock.now())
    await newer.has_mail(desk.super_admin, state="POSTPONED", ended_at=clock.now())
    clock.advance(timedelta(minutes=1))
    await newer.has_mail(desk.super_admin)

    told = (await desk.customer_success.asks(MAILS)).data
    again = await desk.customer_success.asks(AGAIN, id=global_id("Mail", mail))

    kinds = {(one["kind"], one["kindName"]) for one in told["mails"]["nodes"]}
    assert kinds == {("OTHER", "CLOSURE_CONFIRMED")}
    assert [(one["state"], one["stateName"]) for one in told["mails"]["nodes"]] == [
        *(("WAITING", "WAITING"), ("OTHER", "POSTPONED")),
        ("FAILED", "FAILED"),
    ]
    assert told["mails"]["nodes"][2]["reason"] == {"code": "SPAM", "message": "spam"}
    assert not any(one["canBeSentAgain"] for one in told["mails"]["nodes"])
    assert (told["others"]["totalCount"], told["held"]["totalCount"]) == (3, 1)
    assert {"state": "OTHER", "stateName": "POSTPONED", "count": 1} in told["mailHealth"]["endedInLastDay"]
    assert told["mailHealth"]["open"] == [{"state": "WAITING", "stateName": "WAITING", "count": 1}]
    assert again.data["sendMailAgain"] == {"mail": None, "errors": [{"code": "NEWER_VERSION"}]}


async def test_a_mail_that_cannot_be_rendered_here_says_so_to_who_looks_at_it(desk: Desk) -> None:
    mail = global_id("Mail", await newer.has_mail(desk.super_admin, facts={"secret": "letmein"}))

    told = await desk.customer_success.asks("query ($id: ID!) { mail(id: $id) { kindName preview { text } } }", id=mail)
    page = await desk.customer_success.client.get(f"/mails/{mail}")

    assert told.code == "CANNOT_BE_WRITTEN"
    assert told.body["data"]["mail"] == {"kindName": "CLOSURE_CONFIRMED", "preview": None}
    assert page.status_code == 422
    assert "letmein" not in page.text


async def test_a_renewal_leaves_mails_of_its_term_that_are_unknown_to_a_newer_worker(desk: Desk, post: Post) -> None:
    expires_on = desk.today() + timedelta(days=7)
    account = await desk.account(expires_on=expires_on)
    await post.goes_out()
    mail = await newer.has_mail(
        *(desk.super_admin,), milestone="TWO_WEEKS", account_id=key_in(account, "Account"), expires_on=expires_on
    )
    before = await row(mail)

    filed = await desk.super_admin.files("renewal", accountId=account)
    approved = await desk.customer_success.approves(filed.id)

    assert approved.errors == []
    assert await row(mail) == before


async def test_a_reminder_that_is_unknown_has_no_preview(desk: Desk) -> None:
    account = await desk.account()

    told = await desk.customer_success.asks(
        "query ($id: ID!) { reminderPreview(account: $id, milestone: OTHER) { text } }", id=account
    )

    assert told.code == "BAD_USER_INPUT"
