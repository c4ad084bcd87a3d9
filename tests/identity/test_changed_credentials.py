"""What is under way with a password or a code that no longer holds comes to nothing, and a stolen token does too."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.identity import password_reset, passwords, people, second_factor, sessions
from backend.identity.audit import Act
from backend.identity.models import Session, User
from backend.mail import ledger
from backend.settings import settings
from tests.desk import PASSWORD, Answer, Desk, Person
from tests.identity.test_deactivation import ADA, locked, somebody_waits_for_a_lock, user_of
from tests.identity.test_second_factor import begins, code_of, sets_up
from tests.waiting import until

NEW = "quite another phrase"
WHO = "{ viewer { email } }"
CHANGE = "mutation ($input: ChangePasswordInput!) { answer: changePassword(input: $input) {"
CHANGE += " tokens { accessToken refreshToken } errors { code } } }"
CONFIRM = "mutation ($input: ConfirmSecondFactorInput!) { answer: confirmSecondFactor(input: $input) {"
CONFIRM += " tokens { accessToken refreshToken } errors { code } } }"
REMOVE = "mutation ($input: BothFactorsInput!) { answer: removeSecondFactor(input: $input) {"
REMOVE += " tokens { accessToken refreshToken } errors { code } } }"

Works = Callable[[], Awaitable[Any]]


async def done_between(act: Works, proof: Any, name: str, change: Works, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What an act answers when a change comes just after the proof that it rests on was found right."""
    found_right = getattr(proof, name)
    changed = False

    async def then_changes(*values: Any, **more: Any) -> Any:
        nonlocal changed
        answer = await found_right(*values, **more)
        if not changed:
            changed = True
            await change()
        return answer

    monkeypatch.setattr(proof, name, then_changes)
    return await act()


async def open_sessions() -> int:
    """How many sessions of Ada's are open."""
    return await Session.filter(user__email=ADA, ended_at=None).count()


async def sets_a_password() -> None:
    await people.set_password(await user_of(ADA), NEW, "password", by=None, notify=ledger.credentials_changed)


async def is_closed() -> None:
    await User.filter(email=ADA).update(is_active=False)
    await sessions.end_all((await user_of(ADA)).id)


async def test_a_sign_in_under_way_while_the_password_is_set_opens_no_session(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await done_between(
        lambda: desk.stranger().tries_to_sign_in(ADA, PASSWORD),
        passwords,
        "is_right",
        sets_a_password,
        monkeypatch,
    )

    assert [error["code"] for error in answer.data["signIn"]["errors"]] == ["WRONG_CREDENTIALS"]
    assert await open_sessions() == 0


async def test_a_sign_in_under_way_while_its_user_is_closed_opens_no_session(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = desk.stranger()
    answer = await done_between(
        lambda: stranger.tries_to_sign_in(ADA, PASSWORD), passwords, "is_right", is_closed, monkeypatch
    )

    assert [error["code"] for error in answer.data["signIn"]["errors"]] == ["WRONG_CREDENTIALS"]
    assert await open_sessions() == 0
    assert not stranger.client.cookies


async def test_a_sign_in_under_way_while_an_app_is_set_up_opens_no_session_without_its_code(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sets_up_an_app() -> None:
        monkeypatch.undo()
        await sets_up(desk.super_admin)

    answer = await done_between(
        lambda: desk.stranger().tries_to_sign_in(ADA, PASSWORD),
        passwords,
        "is_right",
        sets_up_an_app,
        monkeypatch,
    )

    assert [error["code"] for error in answer.data["signIn"]["errors"]] == ["WRONG_CREDENTIALS"]
    assert await open_sessions() == 1


async def test_a_dated_hash_that_is_made_anew_never_brings_an_old_password_back(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_ARGON2_MEMORY_KIB", "16")
    settings.cache_clear()
    answer = await done_between(
        lambda: desk.stranger().tries_to_sign_in(ADA, PASSWORD),
        passwords,
        "is_right",
        sets_a_password,
        environment,
    )

    assert answer.data["signIn"]["errors"]
    assert (await desk.stranger().tries_to_sign_in(ADA, NEW)).data["signIn"]["viewer"]


async def test_a_password_that_is_changed_while_a_link_sets_another_stays_the_links(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await password_reset.begin(await user_of(ADA))
    assert begun is not None

    async def finishes() -> None:
        await password_reset.finish(begun.token, NEW, notify=ledger.credentials_changed)

    answer = await done_between(
        lambda: desk.super_admin.asks(CHANGE, input={"currentPassword": PASSWORD, "newPassword": "of who was there"}),
        passwords,
        "is_right",
        finishes,
        monkeypatch,
    )

    assert answer.code == "UNAUTHENTICATED"
    assert (await desk.stranger().tries_to_sign_in(ADA, NEW)).data["signIn"]["viewer"]


async def test_codes_are_not_renewed_nor_an_app_removed_by_a_session_that_ends_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = await sets_up(desk.super_admin)

    answer = await done_between(
        lambda: desk.super_admin.asks(REMOVE, input={"currentPassword": PASSWORD, "code": code_of(secret)}),
        second_factor,
        "require_code",
        sets_a_password,
        monkeypatch,
    )

    assert answer.code == "UNAUTHENTICATED"
    assert (await user_of(ADA)).second_factor_since


async def test_two_who_sign_in_over_each_others_session_at_once_both_get_in(desk: Desk) -> None:
    ada, mia = desk.super_admin, desk.member
    assert ada.user
    assert mia.user
    for first, second in ((ada.user.email, mia.user.email), (mia.user.email, ada.user.email)) * 2:
        async with locked("SELECT 1 FROM person WHERE name = 'Ada' FOR NO KEY UPDATE"):
            tasks = [
                asyncio.create_task(ada.tries_to_sign_in(second, PASSWORD)),
                asyncio.create_task(mia.tries_to_sign_in(first, PASSWORD)),
            ]
            await until(somebody_waits_for_a_lock)
        answers = await asyncio.gather(*tasks)

        assert all(answer.data["signIn"]["viewer"] for answer in answers)


def thief_of(desk: Desk, person: Person) -> Person:
    """Somebody else, with a copy of what a person's browser holds."""
    thief = desk.stranger()
    thief.client.cookies.update(dict(person.client.cookies))
    return thief


async def changes(person: Person) -> Answer:
    """Ada changes her password."""
    return await person.asks(CHANGE, input={"currentPassword": PASSWORD, "newPassword": NEW})


async def sets_up_app(person: Person) -> Answer:
    """Ada sets up an app."""
    secret = (await begins(person))["secret"]
    return await person.asks(CONFIRM, input={"code": code_of(secret)})


async def removes_app(person: Person) -> Answer:
    """Ada, who has an app, removes it."""
    secret, _ = await sets_up(person)
    return await person.asks(REMOVE, input={"currentPassword": PASSWORD, "code": code_of(secret)})


@pytest.mark.parametrize("act", [changes, sets_up_app])
async def test_a_stolen_cookie_is_nothing_once_its_owner_has_changed_how_they_sign_in(
    desk: Desk, act: Callable[[Person], Awaitable[Answer]]
) -> None:
    thief = thief_of(desk, desk.super_admin)
    assert (await thief.asks(WHO)).data["viewer"]

    answer = (await act(desk.super_admin)).data["answer"]

    assert (answer["errors"], answer["tokens"]) == ([], None)
    assert (await desk.super_admin.asks(WHO)).data["viewer"] == {"email": ADA}
    assert (await thief.asks(WHO)).data["viewer"] is None


async def test_a_cookie_that_was_stolen_while_an_app_was_asked_for_is_nothing_once_it_is_removed(desk: Desk) -> None:
    secret, _ = await sets_up(desk.super_admin)
    thief = thief_of(desk, desk.super_admin)

    answer = await desk.super_admin.asks(REMOVE, input={"currentPassword": PASSWORD, "code": code_of(secret)})

    assert answer.data["answer"]["errors"] == []
    assert (await desk.super_admin.asks(WHO)).data["viewer"]
    assert (await thief.asks(WHO)).data["viewer"] is None


async def test_a_phone_gets_other_tokens_with_the_answer_and_the_ones_before_are_nothing(desk: Desk) -> None:
    phone = await desk.stranger().tries_to_sign_in(ADA, PASSWORD, client="PHONE")
    before = phone.data["signIn"]["tokens"]
    header = {"authorization": f"Bearer {before['accessToken']}"}

    answer = await desk.stranger().asks(CHANGE, headers=header, input={"currentPassword": PASSWORD, "newPassword": NEW})

    after = answer.data["answer"]["tokens"]
    assert (await desk.stranger().asks(WHO, headers=header)).data["viewer"] is None
    assert await _refreshed(desk, before["refreshToken"]) is None
    header = {"authorization": f"Bearer {after['accessToken']}"}
    assert (await desk.stranger().asks(WHO, headers=header)).data["viewer"] == {"email": ADA}
    assert await _refreshed(desk, after["refreshToken"])


async def test_a_password_that_is_refused_renews_nothing(desk: Desk) -> None:
    thief = thief_of(desk, desk.super_admin)

    answer = await desk.super_admin.asks(CHANGE, input={"currentPassword": PASSWORD, "newPassword": "short"})

    assert answer.data["answer"]["errors"]
    assert (await thief.asks(WHO)).data["viewer"]


async def test_a_cookie_opens_nothing_as_an_access_token_nor_an_access_token_as_a_cookie(desk: Desk) -> None:
    cookie = desk.super_admin.client.cookies["session"]
    phone = await desk.stranger().tries_to_sign_in(ADA, PASSWORD, client="PHONE")
    browser = desk.stranger()
    browser.client.cookies.set("session", phone.data["signIn"]["tokens"]["accessToken"], domain="testserver.local")

    assert (await desk.stranger().asks(WHO, headers={"authorization": f"Bearer {cookie}"})).data["viewer"] is None
    assert (await browser.asks(WHO)).data["viewer"] is None
    for path in ("/mails/x", "/management/active.csv"):
        as_phone = await desk.stranger().client.get(path, headers={"authorization": f"Bearer {cookie}"})
        as_page = await browser.client.get(path)
        assert as_phone.status_code == as_page.status_code in {303, 401}


async def test_an_act_on_ways_in_is_written_once_for_a_change_that_renews(desk: Desk) -> None:
    await changes(desk.super_admin)

    (line,) = (await desk.customer_success.asks("{ auditLog(acts: [PASSWORD_SET]) { nodes { act } } }")).data[
        "auditLog"
    ]["nodes"]
    assert line["act"] == Act.PASSWORD_SET


async def _refreshed(desk: Desk, token: str) -> Any:
    query = "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { tokens { accessToken } } }"
    answer = await desk.stranger().asks(query, input={"refreshToken": token})
    return (answer.body.get("data") or {}).get("refreshSession")
