"""Whoever's ways in are changed is told by mail, in their language, with what to do if it was not them."""

from datetime import timedelta

import pyotp
import pytest

from backend import clock
from backend.errors import NotSignedIn
from backend.identity import people, sessions
from backend.identity.audit import Act
from backend.identity.models import User
from backend.identity.password_reset import begin
from backend.mail import ledger
from backend.mail.preview import preview_of
from backend.storage.database import fetch
from tests.command_line import emp
from tests.desk import PASSWORD, Desk, Person
from tests.mail.conftest import Post, ledger_row, text_of

ADA = "ada@acme.example"
NEW = "quite another phrase"
OTHERWISE = "If it was not you, or you know no reason for it, set a new password now, which ends all sessions"


async def answered(person: Person, mutation: str, selection: str = "", **fields: str) -> dict[str, object]:
    """A mutation that is not refused: what it answers."""
    input_type = {"removeSecondFactor": "BothFactorsInput", "renewRecoveryCodes": "BothFactorsInput"}.get(
        mutation, f"{mutation[0].upper()}{mutation[1:]}Input"
    )
    query = f"mutation ($input: {input_type}!) {{ answer: {mutation}(input: $input)"
    answer = (await person.asks(f"{query} {{ {selection} errors {{ code }} }} }}", input=fields)).data["answer"]
    assert answer["errors"] == []
    return dict(answer)


async def the_one_mail(post: Post) -> tuple[str, str]:
    """Subject and text of the one mail that Ada got."""
    await post.goes_out()
    (mail,) = post.to(ADA)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    return str(mail["Subject"]), text_of(mail)


async def subject_in_ledger() -> str:
    """Of the one mail about credentials, wherever it stands: an operator's clock is not the test's."""
    row = await ledger_row(kind="CREDENTIALS_CHANGED", recipient_id=(await User.get(email=ADA)).id)
    return (await preview_of(row["id"])).subject


async def test_a_password_that_is_changed_on_the_page_is_told_of(desk: Desk, post: Post) -> None:
    await answered(desk.super_admin, "changePassword", currentPassword=PASSWORD, newPassword=NEW)

    subject, text = await the_one_mail(post)

    assert subject == "Your password was changed"
    assert "When: 23 November 2026, 11:00" in text
    assert OTHERWISE in " ".join(text.split())


async def test_a_password_that_is_set_by_a_link_is_told_of(desk: Desk, post: Post) -> None:
    assert desk.super_admin.user is not None
    begun = await begin(desk.super_admin.user)
    assert begun is not None
    await answered(desk.stranger(), "resetPassword", token=begun.token, newPassword=NEW)

    assert (await the_one_mail(post))[0] == "Your password was changed"


async def test_a_password_that_an_operator_sets_is_told_of(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_PASSWORD", NEW)
    assert (await emp("user", "set-password", ADA))[0] == 0

    assert await subject_in_ledger() == "Your password was changed"


async def test_an_app_set_up_codes_made_anew_and_an_app_removed_are_told_of(desk: Desk, post: Post) -> None:
    ada = desk.super_admin
    secret = str((await answered(ada, "beginSecondFactor", "secret", currentPassword=PASSWORD))["secret"])
    for mutation in ("confirmSecondFactor", "renewRecoveryCodes", "removeSecondFactor"):
        clock.advance(timedelta(minutes=2))
        proof = {"code": pyotp.TOTP(secret).at(clock.now())}
        await answered(ada, mutation, **proof | ({} if mutation[0] == "c" else {"currentPassword": PASSWORD}))

    await post.goes_out()

    assert set(post.subjects_to(ADA)) == {
        "An authenticator app was set up",
        "New recovery codes were made",
        "Your authenticator app was removed",
    }
    assert all(OTHERWISE in " ".join(text_of(mail).split()) for mail in post.to(ADA))


async def test_an_app_that_an_operator_lets_go_of_is_told_of(desk: Desk) -> None:
    await User.filter(email=ADA).update(second_factor_since=clock.now())
    assert (await emp("user", "reset-second-factor", ADA))[0] == 0

    assert await subject_in_ledger() == "Your authenticator app was removed"


async def test_a_refresh_token_used_twice_is_told_of_with_the_phone_that_it_was_of(desk: Desk, post: Post) -> None:
    assert desk.super_admin.user is not None
    phone = await sessions.open_phone_session(desk.super_admin.user, "Ada's phone")
    query = "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { tokens { accessToken } } }"
    for _ in range(2):
        answer = await desk.stranger().asks(query, input={"refreshToken": phone.refresh.text})
        clock.advance(timedelta(minutes=1))

    assert answer.code == "UNAUTHENTICATED"
    subject, text = await the_one_mail(post)
    assert subject == "A session on a phone was ended"
    assert "Device: Ada's phone" in text
    assert "Sign in again on your phone" in text


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("fr", "Votre mot de passe a été modifié", "Si ce n’était pas vous"),
        ("es", "Tu contraseña ha cambiado", "Si no fuiste tú"),
        ("ca", "La teva contrasenya ha canviat", "Si no has estat tu"),
    ],
)
async def test_it_is_told_in_the_readers_language(
    desk: Desk, post: Post, language: str, subject: str, words: str
) -> None:
    await User.filter(email=ADA).update(language=language)
    await answered(desk.super_admin, "changePassword", currentPassword=PASSWORD, newPassword=NEW)

    told = await the_one_mail(post)

    assert told[0] == subject
    assert words in told[1]


async def test_the_mail_has_no_secret_and_its_one_link_asks_for_an_address(desk: Desk, post: Post) -> None:
    await answered(desk.super_admin, "changePassword", currentPassword=PASSWORD, newPassword=NEW)

    _, text = await the_one_mail(post)

    row = await ledger_row(kind="CREDENTIALS_CHANGED")
    assert NEW not in text
    assert [word.partition("/forgot")[2] for word in text.split() if "://" in word] == ["-password"]
    assert (row["state"], NEW in str(row["facts"])) == ("SENT", False)
    assert (await preview_of(row["id"])).subject == "Your password was changed"


async def test_what_is_refused_tells_nobody(desk: Desk, post: Post) -> None:
    query = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { errors { code } } }"
    await desk.super_admin.asks(query, input={"currentPassword": "wrong", "newPassword": NEW})
    await desk.super_admin.asks(query, input={"currentPassword": PASSWORD, "newPassword": "short"})
    with pytest.raises(NotSignedIn):
        await sessions.refresh("nobody has this one", notify=ledger.credentials_changed)

    assert await fetch("SELECT 1 FROM mail WHERE kind = 'CREDENTIALS_CHANGED'") == []


async def test_the_mail_is_written_with_its_cause_or_neither_is(desk: Desk) -> None:
    async def fails(act: Act, user: User, *, device: str = "") -> None:
        raise OSError("the disk is full")

    assert desk.super_admin.user is not None
    with pytest.raises(OSError, match="the disk"):
        await people.set_password(desk.super_admin.user, NEW, "password", by=None, notify=fails)

    assert (await desk.stranger(desk.super_admin.user).tries_to_sign_in(ADA, PASSWORD)).data["signIn"]["viewer"]
