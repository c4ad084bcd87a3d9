"""Passwords: changed by their owner, or reset by a link that works once."""

from datetime import timedelta

import pytest

from backend import clock
from backend.mail.models import Mail
from tests.desk import PASSWORD, Answer, Desk, Person

CHANGE = (
    "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { viewer { id } errors { code field } } }"
)
ASK = "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { errors { code } } }"
RESET = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { errors { code field } } }"
NEW = "quite another phrase"


async def test_changing_a_password_ends_the_other_sessions_and_keeps_this_one(desk: Desk) -> None:
    elsewhere = await desk.stranger(desk.member.user).signs_in()

    answer = await desk.member.asks(CHANGE, input={"currentPassword": PASSWORD, "newPassword": NEW})

    assert answer.data["changePassword"]["viewer"]
    assert (await desk.member.asks("{ viewer { id } }")).data["viewer"]
    assert (await elsewhere.asks("{ viewer { id } }")).data["viewer"] is None


@pytest.mark.parametrize(
    ("current", "new", "code", "field"),
    [
        ("wrong", NEW, "WRONG_PASSWORD", "currentPassword"),
        (PASSWORD, "short", "WEAK_PASSWORD", "newPassword"),
        (PASSWORD, "Password123", "WEAK_PASSWORD", "newPassword"),
        (PASSWORD, "1q2w3e4r5t6y", "WEAK_PASSWORD", "newPassword"),
        (PASSWORD, "abababababab", "WEAK_PASSWORD", "newPassword"),
        (PASSWORD, "mia@acme.example", "WEAK_PASSWORD", "newPassword"),
        (PASSWORD, "AcmeExample99", "WEAK_PASSWORD", "newPassword"),
        (PASSWORD, "x" * 201, "WEAK_PASSWORD", "newPassword"),
    ],
)
async def test_a_password_that_is_wrong_or_weak_is_refused(
    desk: Desk, current: str, new: str, code: str, field: str
) -> None:
    answer = await desk.member.asks(CHANGE, input={"currentPassword": current, "newPassword": new})

    assert answer.data["changePassword"]["errors"] == [{"code": code, "field": field}]


async def test_a_reset_answers_the_same_for_everybody_and_mails_only_who_exists(desk: Desk) -> None:
    known = await desk.stranger().asks(ASK, input={"email": "mia@acme.example"})
    unknown = await desk.stranger().asks(ASK, input={"email": "nobody@acme.example"})

    assert known == unknown
    assert await Mail.filter(kind="PASSWORD_RESET").count() == 1


async def test_the_link_sets_a_password_once_and_ends_all_sessions(desk: Desk) -> None:
    token = await _token_for(desk, desk.member)

    first = await _resets(desk, token)
    second = await _resets(desk, token)

    assert first.data["resetPassword"]["errors"] == []
    assert second.data["resetPassword"]["errors"] == [{"code": "INVALID_TOKEN", "field": "token"}]
    assert (await desk.member.asks("{ viewer { id } }")).data["viewer"] is None
    assert (await desk.stranger().tries_to_sign_in("mia@acme.example", NEW)).data["signIn"]["viewer"]


async def test_the_link_is_too_old_after_an_hour(desk: Desk) -> None:
    token = await _token_for(desk, desk.member)
    clock.advance(timedelta(hours=1))

    assert (await _resets(desk, token)).data["resetPassword"]["errors"][0]["code"] == "INVALID_TOKEN"


async def _token_for(desk: Desk, person: Person) -> str:
    assert person.user is not None
    await desk.stranger().asks(ASK, input={"email": person.user.email})
    return str((await Mail.get(kind="PASSWORD_RESET")).facts["token"])


async def _resets(desk: Desk, token: str) -> Answer:
    return await desk.stranger().asks(RESET, input={"token": token, "newPassword": NEW})
