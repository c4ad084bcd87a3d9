"""A second factor: codes of an app, each good once and for its time, and recovery codes without the app."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from backend import clock
from backend.identity import second_factor, sign_in
from backend.identity.models import AuditEntry, RecoveryCode, SecondFactor
from backend.mail import ledger
from backend.settings import settings
from tests.command_line import emp
from tests.desk import PASSWORD, Answer, Desk, Person

BEGIN = "mutation ($input: BeginSecondFactorInput!) { answer: beginSecondFactor(input: $input) {"
BEGIN += " secret uri picture errors { code field } } }"
CONFIRM = "mutation ($input: ConfirmSecondFactorInput!) { answer: confirmSecondFactor(input: $input) {"
CONFIRM += " viewer { secondFactor { since recoveryCodesLeft } } recoveryCodes errors { code field } } }"
RENEW = "mutation ($input: BothFactorsInput!) { answer: renewRecoveryCodes(input: $input) {"
RENEW += " recoveryCodes errors { code field } } }"
REMOVE = "mutation ($input: BothFactorsInput!) { answer: removeSecondFactor(input: $input) {"
REMOVE += " viewer { secondFactor { since isDemanded } } errors { code field } } }"
WHO = "{ viewer { name secondFactor { isOffered isDemanded since } can { decideRequests } } }"


def code_of(secret: str, steps: int = 0) -> str:
    """What the app shows so many half minutes from now."""
    return pyotp.TOTP(secret).at(clock.now(), counter_offset=steps)


async def begins(person: Person, password: str = PASSWORD) -> Any:
    """Ask for a secret."""
    return (await person.asks(BEGIN, input={"currentPassword": password})).data["answer"]


async def sets_up(person: Person) -> tuple[str, list[str]]:
    """Set up an app. Returns its secret and the recovery codes."""
    secret: str = (await begins(person))["secret"]
    answer = (await person.asks(CONFIRM, input={"code": code_of(secret)})).data["answer"]
    assert answer["errors"] == []
    clock.advance(timedelta(minutes=2))
    return secret, answer["recoveryCodes"]


async def signs_in(desk: Desk, code: str | None, password: str = PASSWORD) -> Answer:
    """Ada signs in anew."""
    return await desk.stranger().tries_to_sign_in("ada@acme.example", password, code=code)


def codes_in(answer: Answer) -> list[str]:
    """The codes of a refused sign-in; nobody is signed in by one."""
    found = [error["code"] for error in answer.data["signIn"]["errors"]]
    assert (answer.data["signIn"]["viewer"] is None) == bool(found)
    return found


async def test_once_an_app_is_set_up_signing_in_takes_its_code_too(desk: Desk) -> None:
    secret, _ = await sets_up(desk.super_admin)

    assert codes_in(await signs_in(desk, None)) == ["SECOND_FACTOR_REQUIRED"]
    assert codes_in(await signs_in(desk, "000000")) == ["WRONG_CODE"]
    assert codes_in(await signs_in(desk, code_of(secret))) == []


async def test_no_session_is_open_before_the_code(desk: Desk) -> None:
    await sets_up(desk.super_admin)
    stranger = desk.stranger()

    await stranger.tries_to_sign_in("ada@acme.example", PASSWORD)

    assert not stranger.client.cookies
    assert (await stranger.asks(WHO)).data["viewer"] is None


async def test_who_does_not_know_the_password_does_not_learn_that_a_code_is_needed(desk: Desk) -> None:
    await sets_up(desk.super_admin)

    known = await desk.stranger().tries_to_sign_in("ada@acme.example", "wrong", code="000000")
    unknown = await desk.stranger().tries_to_sign_in("nobody@acme.example", "wrong", code="000000")

    assert known.data["signIn"]["errors"][0]["code"] == "WRONG_CREDENTIALS"
    assert known == unknown


async def test_a_code_is_good_once_even_for_another_process(desk: Desk) -> None:
    secret, _ = await sets_up(desk.super_admin)
    code = code_of(secret)

    assert codes_in(await signs_in(desk, code)) == []
    assert codes_in(await signs_in(desk, code)) == ["WRONG_CODE"]


async def test_an_older_code_is_not_good_after_a_newer_one(desk: Desk) -> None:
    secret, _ = await sets_up(desk.super_admin)
    await signs_in(desk, code_of(secret))

    assert codes_in(await signs_in(desk, code_of(secret, -1))) == ["WRONG_CODE"]


@pytest.mark.parametrize(("steps", "codes"), [(-2, ["WRONG_CODE"]), (-1, []), (0, []), (1, []), (2, ["WRONG_CODE"])])
async def test_an_apps_clock_may_be_half_a_minute_off(desk: Desk, steps: int, codes: list[str]) -> None:
    secret, _ = await sets_up(desk.super_admin)

    assert codes_in(await signs_in(desk, code_of(secret, steps))) == codes


async def test_a_recovery_code_stands_in_for_the_app_once_however_it_is_written(desk: Desk) -> None:
    _, codes = await sets_up(desk.super_admin)

    assert codes_in(await signs_in(desk, codes[0].lower().replace("-", " "))) == []
    assert codes_in(await signs_in(desk, codes[0])) == ["WRONG_CODE"]
    assert codes_in(await signs_in(desk, codes[1])) == []
    assert await RecoveryCode.all().count() == len(codes) - 2


async def test_codes_are_guessed_a_few_times_only_wherever_from(desk: Desk) -> None:
    secret, _ = await sets_up(desk.super_admin)
    for last in range(settings().second_factor_tries_per_hour):
        guesser = desk.stranger(address=f"192.0.2.{last}")
        await guesser.tries_to_sign_in("ada@acme.example", PASSWORD, code="000000")

    assert (await signs_in(desk, code_of(secret))).code == "TOO_MANY_REQUESTS"


async def test_neither_secret_nor_recovery_code_is_kept_as_it_is(desk: Desk) -> None:
    secret, codes = await sets_up(desk.super_admin)

    kept = [factor.sealed_secret for factor in await SecondFactor.all()]
    kept += [code.digest for code in await RecoveryCode.all()]

    assert len(kept) == 1 + len(codes)
    assert not [text for text in kept if secret in text or any(code.replace("-", "") in text.upper() for code in codes)]


async def test_setting_up_takes_the_password_and_a_first_code(desk: Desk) -> None:
    assert (await begins(desk.super_admin, "wrong"))["errors"] == [
        {"code": "WRONG_PASSWORD", "field": "currentPassword"}
    ]
    begun = await begins(desk.super_admin)
    wrong = (await desk.super_admin.asks(CONFIRM, input={"code": "000000"})).data["answer"]

    assert begun["uri"].startswith("otpauth://totp/Account%20desk:ada%40acme.example?secret=" + begun["secret"])
    assert begun["picture"].startswith("data:image/svg+xml")
    assert wrong["errors"] == [{"code": "WRONG_CODE", "field": "code"}]
    assert codes_in(await signs_in(desk, None)) == []


async def test_an_app_that_is_set_up_is_not_replaced_by_another(desk: Desk) -> None:
    await sets_up(desk.super_admin)

    assert [error["code"] for error in (await begins(desk.super_admin))["errors"]] == ["SECOND_FACTOR_IS_SET"]


async def test_setting_up_and_removing_end_the_other_sessions(desk: Desk) -> None:
    other = await desk.stranger(desk.super_admin.user).signs_in()
    secret, _ = await sets_up(desk.super_admin)
    assert (await other.asks(WHO)).data["viewer"] is None

    third = desk.stranger()
    await third.tries_to_sign_in("ada@acme.example", PASSWORD, code=code_of(secret))
    clock.advance(timedelta(minutes=2))
    proof = {"currentPassword": PASSWORD, "code": code_of(secret)}
    removed = (await desk.super_admin.asks(REMOVE, input=proof)).data["answer"]

    assert removed["viewer"]["secondFactor"]["since"] is None
    assert (await third.asks(WHO)).data["viewer"] is None
    assert codes_in(await signs_in(desk, None)) == []


async def test_removing_and_new_recovery_codes_take_both_factors(desk: Desk) -> None:
    secret, before = await sets_up(desk.super_admin)
    for mutation in (REMOVE, RENEW):
        for proof in (
            {"currentPassword": "wrong", "code": code_of(secret)},
            {"currentPassword": PASSWORD, "code": "1"},
        ):
            answer = (await desk.super_admin.asks(mutation, input=proof)).data["answer"]
            assert answer["errors"][0]["code"] in {"WRONG_PASSWORD", "WRONG_CODE"}

    proof = {"currentPassword": PASSWORD, "code": code_of(secret)}
    after = (await desk.super_admin.asks(RENEW, input=proof)).data["answer"]["recoveryCodes"]

    assert not set(before) & set(after)
    assert codes_in(await signs_in(desk, before[0])) == ["WRONG_CODE"]
    assert codes_in(await signs_in(desk, after[0])) == []


async def test_who_lost_the_answer_is_told_that_it_is_done_and_gets_other_codes(desk: Desk) -> None:
    secret = (await begins(desk.super_admin))["secret"]
    confirm = {"code": code_of(secret)}
    lost = [(await desk.super_admin.asks(CONFIRM, input=confirm)).data["answer"] for _ in range(2)]
    clock.advance(timedelta(minutes=2))
    renew = {"currentPassword": PASSWORD, "code": code_of(secret)}
    renewed = [(await desk.super_admin.asks(RENEW, input=renew)).data["answer"] for _ in range(2)]
    clock.advance(timedelta(minutes=2))
    remove = {"currentPassword": PASSWORD, "code": code_of(secret)}
    removed = [(await desk.super_admin.asks(REMOVE, input=remove)).data["answer"] for _ in range(2)]

    assert [answer["errors"] for answer in lost] == [[], [{"code": "SECOND_FACTOR_IS_SET", "field": None}]]
    assert [answer["errors"] for answer in renewed] == [[], [{"code": "WRONG_CODE", "field": "code"}]]
    assert not set(lost[0]["recoveryCodes"]) & set(renewed[0]["recoveryCodes"])
    assert [answer["errors"] for answer in removed] == [[], [{"code": "SECOND_FACTOR_NOT_SET", "field": None}]]


async def test_who_has_none_cannot_renew(desk: Desk) -> None:
    with pytest.raises(Exception, match="SECOND_FACTOR_NOT_SET"):
        assert desk.super_admin.user
        await second_factor.renew_recovery_codes(desk.super_admin.user, session_id=1, notify=ledger.credentials_changed)


async def test_without_a_key_in_the_settings_none_is_offered(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("EMP_SECOND_FACTOR_KEYS")
    settings.cache_clear()

    assert not (await desk.super_admin.asks(WHO)).data["viewer"]["secondFactor"]["isOffered"]
    assert [error["code"] for error in (await begins(desk.super_admin))["errors"]] == ["SECOND_FACTOR_OFF"]


async def test_a_new_key_unseals_what_the_one_before_sealed_and_takes_over(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    secret, _ = await sets_up(desk.super_admin)
    before, after = settings().second_factor_keys[0], "A" * 43 + "="
    environment.setenv("EMP_SECOND_FACTOR_KEYS", f"{after},{before}")
    settings.cache_clear()
    assert codes_in(await signs_in(desk, code_of(secret))) == []

    clock.advance(timedelta(minutes=2))
    environment.setenv("EMP_SECOND_FACTOR_KEYS", after)
    settings.cache_clear()

    assert codes_in(await signs_in(desk, code_of(secret))) == []


async def test_customer_success_may_do_nothing_but_set_one_up_where_the_settings_ask_for_it(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_CUSTOMER_SUCCESS_NEEDS_SECOND_FACTOR", "true")
    settings.cache_clear()
    queue = "{ changeRequests { totalCount } }"

    before = (await desk.customer_success.asks(WHO)).data["viewer"]
    assert (before["secondFactor"]["isDemanded"], before["can"]["decideRequests"]) == (True, False)
    assert (await desk.customer_success.asks(queue)).code == "FORBIDDEN"
    assert not (await desk.super_admin.asks(WHO)).data["viewer"]["secondFactor"]["isDemanded"]

    await sets_up(desk.customer_success)

    assert (await desk.customer_success.asks(WHO)).data["viewer"]["can"]["decideRequests"]
    assert (await desk.customer_success.asks(queue)).data["changeRequests"]["totalCount"] == 0


async def test_what_becomes_of_a_second_factor_is_in_the_audit_log(desk: Desk) -> None:
    secret, codes = await sets_up(desk.super_admin)
    await signs_in(desk, codes[0])
    proof = {"currentPassword": PASSWORD, "code": code_of(secret)}
    await desk.super_admin.asks(RENEW, input=proof)
    user = await sign_in.user_with("ada@acme.example")
    assert user
    await second_factor.remove_for(user, notify=ledger.credentials_changed)

    lines = [line.act for line in await AuditEntry.filter(subject="ada@acme.example").order_by("id")]

    found = [act for act in lines if re.match("SECOND|RECOVERY", act)]
    assert found == ["SECOND_FACTOR_SET", "RECOVERY_CODE_USED", "RECOVERY_CODES_RENEWED", "SECOND_FACTOR_REMOVED"]
    assert secret not in str([line.facts for line in await AuditEntry.all()])


async def test_the_command_line_lets_go_of_a_lost_app(desk: Desk) -> None:
    await sets_up(desk.super_admin)

    code, _, _ = await emp("user", "reset-second-factor", "ada@acme.example")

    assert code == 0
    assert (await desk.super_admin.asks(WHO)).data["viewer"] is None
    assert codes_in(await signs_in(desk, None)) == []
