"""The ledger in the API: a SuperAdmin reads an account's reminders, Customer Success looks after all mails."""

from datetime import timedelta
from typing import Any

import pytest

from backend import clock
from backend.global_ids import global_id
from backend.mail.lease import LEASE
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.settings import settings
from backend.storage import keyset
from backend.storage.database import fetch
from backend.web.health import SERVES_FOR
from tests.desk import NEW_ACCOUNT, Desk, Person
from tests.mail.conftest import Post, ledger_row

ADA, CARLA = "ada@acme.example", "carla@platform.example"

REMINDERS = """
query ($id: ID!, $terms: Int! = 2) { account(id: $id) { reminders(terms: $terms) {
  milestone expiresOn dueAt recorded state reason { code message } endedAt recipient { name } } } }
"""

MAILS = """
query ($states: [MailState!]) { mails(states: $states) { totalCount nodes {
  id kind state reason { code message } recipient { name } account { name } failures reply canBeSentAgain } } }
"""

AGAIN = """
mutation ($id: ID!) { sendMailAgain(input: {id: $id}) { mail { state } errors { code message } } }
"""

FORGOTTEN = "mutation ($email: String!) { requestPasswordReset(input: {email: $email}) { errors { code } } }"


async def reminders(person: Person, account: str, **more: Any) -> Any:
    return (await person.asks(REMINDERS, id=account, **more)).data["account"]["reminders"]


async def test_a_super_admin_reads_what_was_sent_and_what_will_be(desk: Desk, post: Post) -> None:
    account = await desk.account(expires_on=desk.today() + timedelta(days=7))
    await post.goes_out()

    month, week, day = await reminders(desk.super_admin, account)

    assert (month["state"], month["reason"]) == (
        "SKIPPED",
        {"code": "SUPERSEDED", "message": "A more urgent reminder took its place"},
    )
    assert (week["milestone"], week["state"], week["recipient"]) == ("ONE_WEEK", "SENT", {"name": "Ada"})
    assert week["endedAt"]
    assert (day["milestone"], day["state"], day["recorded"]) == ("EXPIRY_DAY", "WAITING", False)
    assert day["dueAt"] == "2026-11-30T08:00:00+00:00"


async def test_a_renewed_account_has_the_reminders_of_both_terms(desk: Desk, post: Post) -> None:
    account = await desk.account(expires_on=desk.today() + timedelta(days=7))
    await post.goes_out()
    renewal = await desk.super_admin.files("renewal", accountId=account)
    await desk.customer_success.approves(renewal.id)

    found = await reminders(desk.super_admin, account)

    assert [(one["milestone"], one["expiresOn"][:4], one["recorded"]) for one in found] == [
        ("ONE_MONTH", "2027", False),
        ("ONE_WEEK", "2027", False),
        ("EXPIRY_DAY", "2027", False),
        ("ONE_MONTH", "2026", True),
        ("ONE_WEEK", "2026", True),
    ]
    assert await reminders(desk.super_admin, account, terms=1) == found[:3]


async def test_a_reminder_that_falls_before_the_term_is_told_before_its_day(desk: Desk, post: Post) -> None:
    today = desk.today()
    account = await desk.account(starts_on=today, anchor=today, expires_on=today + timedelta(days=20))

    month, *_ = await reminders(desk.super_admin, account)

    assert (month["state"], month["reason"]["code"], month["recorded"]) == ("SKIPPED", "BEFORE_START", False)


async def test_of_a_term_that_was_over_before_the_ledger_began_nothing_is_planned(desk: Desk, post: Post) -> None:
    account = await desk.account(expires_on=desk.today() - timedelta(days=90))
    await post.goes_out()

    found = await reminders(desk.super_admin, account)

    assert [(one["state"], one["reason"]["code"]) for one in found] == [("SKIPPED", "LATE")] * 3


@pytest.mark.parametrize("terms", [0, 21, -1])
async def test_no_more_terms_are_told_than_the_limit(desk: Desk, terms: int) -> None:
    account = await desk.account()

    assert (await desk.super_admin.asks(REMINDERS, id=account, terms=terms)).code == "BAD_USER_INPUT"


async def test_another_organisations_reminders_are_not_told(desk: Desk) -> None:
    account = await desk.account()

    assert (await desk.outsider.asks(REMINDERS, id=account)).code == "NOT_FOUND"


async def test_customer_success_sees_what_failed_and_why_and_sends_it_again(desk: Desk, post: Post) -> None:
    await desk.account(name="Plant", expires_on=desk.today())
    post.server.replies_to_recipients[ADA] = "550 5.1.1 no such user"
    await post.goes_out()

    found = (await desk.customer_success.asks(MAILS, states=["FAILED"])).data["mails"]
    (failed,) = found["nodes"]
    assert found["totalCount"] == 1
    assert failed["reason"] == {"code": "RECIPIENT_REFUSED", "message": "The address was refused"}
    assert (failed["reply"], failed["canBeSentAgain"]) == ("550 5.1.1 no such user", True)
    assert (failed["account"], failed["recipient"]) == ({"name": "Plant"}, {"name": "Ada"})

    post.server.replies_to_recipients.clear()
    answer = (await desk.customer_success.asks(AGAIN, id=failed["id"])).data["sendMailAgain"]
    assert answer == {"mail": {"state": "WAITING"}, "errors": []}
    await post.goes_out()

    row = await ledger_row(milestone="EXPIRY_DAY")
    assert (row["state"], row["again_by_id"]) == ("SENT", desk.customer_success.user.id)  # type: ignore[union-attr]
    assert len(post.to(ADA)) == 1


async def test_what_is_unknown_goes_out_again_under_its_old_name_and_is_never_called_certain(
    desk: Desk, post: Post
) -> None:
    await desk.account(expires_on=desk.today())
    post.server.hang_up_after_data = True
    for _ in range(3):
        await post.goes_out()
        clock.advance(LEASE)
    row = await ledger_row(milestone="EXPIRY_DAY")
    assert row["state"] == "UNKNOWN"
    post.server.hang_up_after_data = False

    await (await desk.customer_success.signs_in()).asks(AGAIN, id=global_id("Mail", row["id"]))
    await post.goes_out()

    assert (await ledger_row(milestone="EXPIRY_DAY"))["state"] == "SENT_MAYBE_TWICE"
    assert len({mail["Message-ID"] for mail in post.to(ADA)}) == 1


async def test_a_mail_that_was_sent_is_not_sent_again(desk: Desk, post: Post) -> None:
    await desk.account(expires_on=desk.today())
    await post.goes_out()
    row = await ledger_row(milestone="EXPIRY_DAY")

    answer = (await desk.customer_success.asks(AGAIN, id=global_id("Mail", row["id"]))).data["sendMailAgain"]

    assert (answer["mail"], [error["code"] for error in answer["errors"]]) == (None, ["MAIL_NOT_FAILED"])
    await post.goes_out()
    assert len(post.to(ADA)) == 1


async def test_a_failed_reminder_that_is_no_longer_worth_sending_ends_again(desk: Desk, post: Post) -> None:
    await desk.account(expires_on=desk.today())
    post.server.replies_to_recipients[ADA] = "550 5.1.1 no such user"
    await post.goes_out()
    row = await ledger_row(milestone="EXPIRY_DAY")
    clock.advance(timedelta(days=2))

    await (await desk.customer_success.signs_in()).asks(AGAIN, id=global_id("Mail", row["id"]))
    await post.goes_out()

    row = await ledger_row(milestone="EXPIRY_DAY")
    assert (row["state"], row["reason"]) == ("SKIPPED", "late")


async def test_customer_success_reads_any_mail_in_any_language(desk: Desk, post: Post) -> None:
    await desk.account(name="Plant", expires_on=desk.today())
    await post.goes_out()
    row = await ledger_row(milestone="EXPIRY_DAY")
    query = """
    query ($id: ID!, $language: Language) {
      mail(id: $id) { preview(language: $language) { subject sender text html } }
    }
    """

    answers = [
        (await desk.customer_success.asks(query, id=global_id("Mail", row["id"]), language=language)).data["mail"]
        for language in (None, "FR", "ES", "CA")
    ]

    assert [answer["preview"]["subject"] for answer in answers] == [
        "Plant expires on 23 November 2026",
        "Plant expire le 23 novembre 2026",
        "Plant caduca el 23 de noviembre de 2026",
        "Plant caduca el 23 de novembre del 2026",
    ]
    assert answers[0]["preview"]["sender"] == "accounts@platform.example"
    page = await desk.customer_success.client.get(f"/mails/{global_id('Mail', row['id'])}?language=fr")
    assert page.text == answers[1]["preview"]["html"]
    assert "sandbox" in page.headers["content-security-policy"]


async def test_a_mail_that_cannot_be_written_has_no_preview_and_its_list_is_shown(desk: Desk, post: Post) -> None:
    await desk.super_admin.files("datapoints", accountId=await desk.account(name="Plant"), delta=10)
    row = await ledger_row(kind="REQUEST_FILED", recipient_id=desk.customer_success.user.id)  # type: ignore[union-attr]
    await fetch("UPDATE mail SET facts = '{}' WHERE id = $1", row["id"])
    await desk.super_admin.files("datapoints", accountId=await desk.account(name="Whole"), delta=10)
    query = '{ mails(kinds: [REQUEST_FILED], search: "carla@") { totalCount nodes { id preview { subject } } } }'

    answer = await desk.customer_success.asks(query)

    whole, broken = answer.body["data"]["mails"]["nodes"]
    assert answer.body["data"]["mails"]["totalCount"] == 2
    assert "Whole" in whole["preview"]["subject"]
    assert broken == {"id": global_id("Mail", row["id"]), "preview": None}
    assert answer.code == "CANNOT_BE_WRITTEN"
    page = await desk.customer_success.client.get(f"/mails/{broken['id']}")
    assert (page.status_code, page.text) == (422, "This mail cannot be written.")


async def test_a_reminder_is_read_before_its_day_as_it_will_be(desk: Desk) -> None:
    account = await desk.account(name="Plant", expires_on=desk.today() + timedelta(days=100))
    query = """
    query ($id: ID!) { reminderPreview(account: $id, milestone: ONE_WEEK, language: FR) { subject text } }
    """

    preview = (await desk.customer_success.asks(query, id=account)).data["reminderPreview"]

    assert preview["subject"] == "Plant expire le 3 mars 2027"
    assert "Plant expire dans 7 jours" in preview["text"]


@pytest.mark.parametrize(("who", "status"), [("super_admin", 403), ("member", 403), ("customer_success", 404)])
async def test_the_page_of_a_mail_is_for_customer_success(desk: Desk, who: str, status: int) -> None:
    person: Person = getattr(desk, who)

    assert (await person.client.get(f"/mails/{global_id('Mail', 999)}")).status_code == status
    assert (await person.client.get("/mails/nonsense")).status_code == status
    assert (await desk.stranger().client.get(f"/mails/{global_id('Mail', 999)}")).status_code == 401


async def test_the_secret_of_a_reset_is_in_no_preview(desk: Desk, post: Post) -> None:
    query = "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { __typename } }"
    await desk.stranger().asks(query, input={"email": ADA})
    row = await ledger_row(kind="PASSWORD_RESET")

    page = await desk.customer_success.client.get(f"/mails/{global_id('Mail', row['id'])}")

    assert page.status_code == 200
    assert "/reset-password" in page.text
    await post.goes_out()
    secret = post.server.contents[0].decode().partition("/reset-password#")[2][:20]
    assert secret
    assert secret not in page.text


async def test_health_tells_of_a_host_that_is_left_alone_and_of_the_oldest_mail(desk: Desk, post: Post) -> None:
    await desk.account(expires_on=desk.today())
    await plan_due(clock.now())
    await Sender(Host.of("smtp://127.0.0.1:9", tls_demanded=False)).send_due()
    query = """
    { mailHealth { plannedAt oldestDueAt trouble open { state count } endedInLastDay { state count }
      hosts { name pausedUntil faults lastFault lastFaultAt } } }
    """

    health = (await desk.customer_success.asks(query)).data["mailHealth"]

    assert health["plannedAt"] == "2026-11-23T10:00:00+00:00"
    assert health["oldestDueAt"] == "2026-11-23T08:00:00+00:00"
    assert health["trouble"] == "mail waits since 2026-11-23T08:00:00+00:00"
    assert health["open"] == [{"state": "WAITING", "count": 1}]
    assert health["endedInLastDay"] == [{"state": "SKIPPED", "count": 2}]
    (host,) = health["hosts"]
    assert (host["name"], host["faults"], host["pausedUntil"]) == ("127.0.0.1:9", 1, "2026-11-23T10:00:30+00:00")


async def test_operators_see_when_nothing_is_planned_or_mail_waits_for_an_hour_and_balancers_do_not(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMP_METRICS_TOKEN", "a token of tests")
    settings.cache_clear()
    client = desk.stranger().client

    async def state() -> tuple[int, str, str]:
        detail = await client.get("/healthz/detail", headers={"authorization": "Bearer a token of tests"})
        assert (await client.get("/readyz")).status_code == 200
        return detail.status_code, detail.json()["worker"], detail.json()["mail"]

    assert await state() == (503, "nothing was planned yet", "ok")
    await post.goes_out()
    clock.advance(SERVES_FOR)
    assert await state() == (200, "ok", "ok")
    clock.advance(timedelta(minutes=6) - SERVES_FOR)
    assert await state() == (503, "nothing was planned since 2026-11-23T10:00:00+00:00", "ok")
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    clock.advance(timedelta(hours=1, seconds=1))
    await plan_due(clock.now())
    assert filed.errors == []
    assert await state() == (503, "ok", "mail waits since 2026-11-23T10:06:00+00:00")


async def test_metrics_are_for_whoever_holds_the_token_and_off_without_one(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.account(expires_on=desk.today())
    await post.goes_out()
    client = desk.stranger().client
    assert (await client.get("/metrics")).status_code == 404

    monkeypatch.setenv("EMP_METRICS_TOKEN", "a token of tests")
    settings.cache_clear()

    assert (await client.get("/metrics")).status_code == 401
    assert (await client.get("/metrics", headers={"authorization": "Bearer wrong"})).status_code == 401
    told = await client.get("/metrics", headers={"authorization": "Bearer a token of tests"})
    assert told.status_code == 200
    assert 'desk_mail_ended_last_day{state="SENT"} 1.0' in told.text
    assert "desk_mail_oldest_due_seconds 0.0" in told.text


async def test_a_link_to_set_a_password_is_not_sent_again(desk: Desk, post: Post) -> None:
    post.server.replies_to_recipients[ADA] = "550 5.1.1 no such user"
    await desk.stranger().asks(FORGOTTEN, email=ADA)
    await post.goes_out()
    row = await ledger_row(kind="PASSWORD_RESET")
    assert row["state"] == "FAILED"

    answer = (await desk.customer_success.asks(AGAIN, id=global_id("Mail", row["id"]))).data["sendMailAgain"]

    assert (answer["mail"], [error["code"] for error in answer["errors"]]) == (None, ["MAIL_IS_A_SECRET"])
    post.server.replies_to_recipients.clear()
    await post.goes_out()
    assert post.to(ADA) == []


FOUND = "query ($search: String) { mails(search: $search) { totalCount nodes { kind recipient { name } } } }"


@pytest.mark.parametrize("walked", [1, 1_000])
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ADA", {("REQUEST_DECIDED", "Ada")}),
        ("ada@acme", {("REQUEST_DECIDED", "Ada")}),
        ("solar", {("REQUEST_FILED", "Carla"), ("REQUEST_FILED", "Sofia"), ("REQUEST_DECIDED", "Ada")}),
        ("lumen", {("REQUEST_FILED", "Carla"), ("REQUEST_FILED", "Sofia"), ("REQUEST_DECIDED", "Ada")}),
        ("plant 12", {("REQUEST_FILED", "Carla"), ("REQUEST_FILED", "Sofia")}),
        ("acme retail", {("REQUEST_FILED", "Carla"), ("REQUEST_FILED", "Sofia")}),
        ("rival", {("REQUEST_FILED", "Carla"), ("REQUEST_FILED", "Sofia")}),
        ("nobody", set()),
    ],
)
async def test_the_ledger_is_searched_for_recipient_account_client_and_organisation(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, search: str, found: set[tuple[str, str]], walked: int
) -> None:
    monkeypatch.setattr(keyset, "MAX_SCANNED_ROWS", walked)
    solar = await desk.account(name="Solar park", client_name="Lumen")
    filed = await desk.super_admin.files("renewal", accountId=solar)
    await desk.customer_success.rejects(filed.id)
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    await desk.outsider.files("renewal", accountId=await desk.account(desk.rival, name="Theirs"))

    mails = (await desk.customer_success.asks(FOUND, search=search)).data["mails"]

    assert {(mail["kind"], mail["recipient"]["name"]) for mail in mails["nodes"]} == found
    assert mails["totalCount"] == len(mails["nodes"])
