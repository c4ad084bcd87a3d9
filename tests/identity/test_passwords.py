"""Passwords: changed by their owner, or reset by a link that works once."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend import clock
from backend.identity.models import PasswordReset
from backend.identity.password_reset import MAX_OPEN_LINKS
from backend.mail.models import Mail
from backend.settings import Settings, settings
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


async def test_passwords_found_in_breaches_are_refused_beside_the_common_ones(
    desk: Desk, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    breached = tmp_path / "breached"
    breached.write_text("a phrase from a breach\nune phrase trouvée ailleurs\n", encoding="utf-8")
    environment.setenv("EMP_REFUSED_PASSWORDS", str(breached))
    settings.cache_clear()

    for new in ("A phrase from a Breach", "une phrase trouvée ailleurs", "1q2w3e4r5t6y"):
        answer = await desk.member.asks(CHANGE, input={"currentPassword": PASSWORD, "newPassword": new})
        assert answer.data["changePassword"]["errors"] == [{"code": "WEAK_PASSWORD", "field": "newPassword"}]
    answer = await desk.member.asks(CHANGE, input={"currentPassword": PASSWORD, "newPassword": NEW})
    assert answer.data["changePassword"]["errors"] == []


def test_a_list_of_refused_passwords_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="refused_passwords"):
        Settings(refused_passwords=tmp_path / "none")


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


async def test_of_the_links_that_were_asked_for_only_the_newest_works(desk: Desk) -> None:
    for _ in range(2):
        await desk.stranger().asks(ASK, input={"email": "mia@acme.example"})
    earlier, newest = await Mail.filter(kind="PASSWORD_RESET").order_by("id")
    digests = [reset.digest for reset in await PasswordReset.filter(used_at=None)]

    assert (earlier.state, earlier.reason, earlier.facts) == ("CANCELLED", "link_replaced", {})
    assert digests == [hashlib.sha256(newest.facts["token"].encode()).hexdigest()]
    assert (await _resets(desk, newest.facts["token"])).data["resetPassword"]["errors"] == []


async def test_a_link_that_arrived_before_the_newest_does_nothing(desk: Desk) -> None:
    token = await _token_for(desk, desk.member)
    await desk.stranger().asks(ASK, input={"email": "mia@acme.example"})

    assert (await _resets(desk, token)).data["resetPassword"]["errors"][0]["code"] == "INVALID_TOKEN"
    assert (await desk.stranger().tries_to_sign_in("mia@acme.example", PASSWORD)).data["signIn"]["viewer"]


async def test_a_link_does_nothing_once_its_owner_has_changed_the_password(desk: Desk) -> None:
    token = await _token_for(desk, desk.member)
    await desk.member.asks(CHANGE, input={"currentPassword": PASSWORD, "newPassword": NEW})

    assert (await _resets(desk, token)).data["resetPassword"]["errors"][0]["code"] == "INVALID_TOKEN"


async def test_asking_for_links_again_and_again_sends_a_few_and_then_none(desk: Desk) -> None:
    answers = [await desk.stranger().asks(ASK, input={"email": "mia@acme.example"}) for _ in range(20)]

    assert answers[-1].code == "TOO_MANY_REQUESTS"
    assert await Mail.filter(kind="PASSWORD_RESET").count() == settings().sign_in_attempts_per_person
    assert await Mail.filter(kind="PASSWORD_RESET", state="WAITING").count() == 1


async def test_links_asked_for_from_everywhere_flood_nobodys_mailbox_and_the_newest_works(desk: Desk) -> None:
    strangers = [desk.stranger(address=f"192.0.2.{last}") for last in range(12)]
    answers = [await stranger.asks(ASK, input={"email": "mia@acme.example"}) for stranger in strangers]
    mails = await Mail.filter(kind="PASSWORD_RESET").order_by("id")

    assert all(answer == answers[0] for answer in answers)
    assert len(mails) == MAX_OPEN_LINKS
    assert (await _resets(desk, mails[-1].facts["token"])).data["resetPassword"]["errors"] == []


async def test_a_change_that_is_sent_again_is_refused_and_the_new_password_stands(desk: Desk) -> None:
    change = {"currentPassword": PASSWORD, "newPassword": NEW}
    await desk.member.asks(CHANGE, input=change)

    again = await desk.member.asks(CHANGE, input=change)

    assert again.data["changePassword"]["errors"] == [{"code": "WRONG_PASSWORD", "field": "currentPassword"}]
    assert (await desk.stranger().tries_to_sign_in("mia@acme.example", NEW)).data["signIn"]["viewer"]


async def _token_for(desk: Desk, person: Person) -> str:
    assert person.user is not None
    await desk.stranger().asks(ASK, input={"email": person.user.email})
    return str((await Mail.get(kind="PASSWORD_RESET")).facts["token"])


async def _resets(desk: Desk, token: str) -> Answer:
    return await desk.stranger().asks(RESET, input={"token": token, "newPassword": NEW})
