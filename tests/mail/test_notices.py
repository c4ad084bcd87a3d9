"""Requests write mails: to Customer Success when one is filed, to the requester when it is decided."""

from email.message import EmailMessage

import pytest

from backend.identity.models import User
from backend.settings import settings
from backend.storage.database import fetch
from tests.desk import NEW_ACCOUNT, Desk
from tests.mail.conftest import Post, text_of

ADA, CARLA, SOFIA = "ada@acme.example", "carla@platform.example", "sofia@platform.example"


async def test_filing_tells_each_of_customer_success_what_is_asked_for(desk: Desk, post: Post) -> None:
    account = await desk.account(name="Plant", datapoints=415)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=-15, comment="The west wing closes.")

    await post.goes_out()

    assert sorted(address for (address,) in post.server.recipients) == [CARLA, SOFIA]
    (mail,) = post.to(CARLA)
    assert mail["Subject"] == "Acme: Datapoints for Plant"
    text = text_of(mail)
    for words in (
        "Ada of Acme asks for a change",
        "Datapoints: 415 → 400",
        "The west wing closes.",
        f"/queue/{filed.id}",
    ):
        assert words in text


async def test_approval_tells_the_requester_what_has_changed(desk: Desk, post: Post) -> None:
    account = await desk.account(name="Plant", licence="DETECT")
    filed = await desk.super_admin.files("licence", accountId=account, licence="OPTIMISE")
    await desk.customer_success.approves(filed.id)

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Subject"] == "Approved: Licence for Plant"
    assert "Carla of Customer Success has approved your request" in text_of(mail)
    assert "Licence: Detect → Optimise" in text_of(mail)
    assert f"Account name: Plant ({settings().origin}/management/accounts/{account})" in text_of(mail)
    assert f"{settings().origin}/management/applications/{filed.id}" in text_of(mail)


async def test_rejection_tells_the_requester_why(desk: Desk, post: Post) -> None:
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    await desk.customer_success.rejects(filed.id, reason="Please send the signed quotation first.")

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Subject"] == "Rejected: New account for Plant 12"
    assert "Please send the signed quotation first." in text_of(mail)
    assert f"{settings().origin}/management/applications/{filed.id}" in text_of(mail)


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("fr", "Demande approuvée : Licence pour Plant", "Licence : Detect → Optimise"),
        ("es", "Solicitud aprobada: Licencia para Plant", "Licencia: Detect → Optimise"),
        ("ca", "Sol·licitud aprovada: Llicència per a Plant", "Llicència: Detect → Optimise"),
    ],
)
async def test_the_decision_is_told_in_the_requesters_language(
    desk: Desk, post: Post, language: str, subject: str, words: str
) -> None:
    await User.filter(email=ADA).update(language=language)
    account = await desk.account(name="Plant", licence="DETECT")
    filed = await desk.super_admin.files("licence", accountId=account, licence="OPTIMISE")
    await desk.customer_success.approves(filed.id)

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Subject"] == subject
    assert words in text_of(mail)


async def test_the_sender_is_on_the_accounts_own_domain_where_it_has_one(desk: Desk, post: Post) -> None:
    own = await desk.account(mail_domain="acme.example", expires_on=desk.today())
    platforms = await desk.account(expires_on=desk.today())

    await post.goes_out()

    senders = {_address(mail, "From"): text_of(mail) for mail in post.to(ADA)}
    assert own in senders["accounts@acme.example"]
    assert platforms in senders["accounts@platform.example"]


async def test_a_mail_has_text_and_html_and_says_that_a_machine_sent_it(desk: Desk, post: Post) -> None:
    await desk.account(name="Plant <script>", client_name="A & B", expires_on=desk.today())

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "Plant &lt;script&gt;" in html.get_content()
    assert "A &amp; B" in html.get_content()
    assert "<script" not in html.get_content()
    assert "src=" not in html.get_content()
    assert "Plant <script>" in text_of(mail)


async def test_a_name_with_a_line_break_writes_no_header(desk: Desk, post: Post) -> None:
    await desk.account(expires_on=desk.today())
    await User.filter(email=ADA).update(name="Ada\r\nBcc: rex@rival.example")

    await post.goes_out()

    (mail,) = post.to(ADA)
    assert mail["Bcc"] is None
    assert post.to("rex@rival.example") == []


async def test_a_request_that_is_refused_writes_no_mail(desk: Desk, post: Post) -> None:
    account = await desk.account(datapoints=40)
    refused = await desk.super_admin.files("datapoints", accountId=account, delta=-30)

    await post.goes_out()

    assert refused.codes == ["BELOW_MINIMUM"]
    assert post.server.messages == []


async def test_the_secret_of_a_reset_is_in_the_mail_and_leaves_the_ledger_with_it(desk: Desk, post: Post) -> None:
    query = "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { __typename } }"
    await desk.stranger().asks(query, input={"email": ADA})

    await post.goes_out()

    (mail,) = post.to(ADA)
    secret = text_of(mail).partition("/reset-password#")[2].split()[0]
    reset = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { errors { code } } }"
    answer = await desk.stranger().asks(reset, input={"token": secret, "newPassword": "another long password"})
    assert answer.data["resetPassword"]["errors"] == []
    (row,) = await fetch("SELECT facts::text, message FROM mail WHERE kind = 'PASSWORD_RESET'")
    assert (row["facts"], row["message"]) == ("{}", None)


def _address(mail: EmailMessage, header: str) -> str:
    return str(mail[header].addresses[0].addr_spec)
