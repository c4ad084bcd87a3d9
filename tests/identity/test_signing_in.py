"""Signing in: a cookie for the page, tokens for phones; guessing is slowed down and learns nothing."""

import json
from datetime import timedelta

import pytest

from backend import clock
from backend.identity import people, trusted_devices
from backend.identity.models import SessionToken, TrustedDevice, User
from backend.logging import configure_logs
from backend.mail import ledger
from backend.settings import settings
from tests.desk import PASSWORD, Desk
from tests.running import running_desk

WHO = "{ viewer { email } }"
SIGN_IN = f'mutation {{ signIn(input: {{email: "ada@acme.example", password: "{PASSWORD}"}}) {{ viewer {{ id }} }} }}'


async def test_the_e_mail_address_is_compared_without_regard_to_case(desk: Desk) -> None:
    answer = await desk.stranger().tries_to_sign_in(" Ada@ACME.example ", PASSWORD)

    assert answer.data["signIn"]["viewer"]["name"] == "Ada"


async def test_an_unknown_user_a_wrong_password_and_a_closed_user_look_the_same(desk: Desk) -> None:
    await User.filter(email="mia@acme.example").update(is_active=False)

    answers = [
        await desk.stranger().tries_to_sign_in("nobody@acme.example", PASSWORD),
        await desk.stranger().tries_to_sign_in("ada@acme.example", "wrong"),
        await desk.stranger().tries_to_sign_in("mia@acme.example", PASSWORD),
    ]

    assert answers[0].data["signIn"]["errors"][0]["code"] == "WRONG_CREDENTIALS"
    assert answers[0] == answers[1] == answers[2]


async def test_guessing_is_refused_for_a_while_and_says_for_how_long(desk: Desk) -> None:
    stranger = desk.stranger()
    for _ in range(settings().sign_in_attempts_per_person):
        await stranger.tries_to_sign_in("ada@acme.example", "wrong")

    refused = await stranger.tries_to_sign_in("ADA@acme.example", PASSWORD)

    assert refused.code == "TOO_MANY_REQUESTS"
    assert 0 < refused.body["errors"][0]["extensions"]["retryAfter"] <= settings().sign_in_window.total_seconds()


async def test_guessing_from_elsewhere_does_not_shut_a_person_out(desk: Desk) -> None:
    guesser = desk.stranger(address="192.0.2.7")
    for _ in range(settings().sign_in_attempts_per_person + 1):
        guess = await guesser.tries_to_sign_in("ada@acme.example", "wrong")

    answer = await desk.stranger().tries_to_sign_in("ada@acme.example", PASSWORD)

    assert guess.code == "TOO_MANY_REQUESTS"
    assert answer.data["signIn"]["viewer"]["name"] == "Ada"


async def test_guessing_from_many_addresses_is_refused_too(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_PERSON_ANYWHERE", "3")
    settings.cache_clear()

    guesses = [
        await desk.stranger(address=f"192.0.2.{last}").tries_to_sign_in("mia@acme.example", "wrong")
        for last in range(1, 6)
    ]

    assert guesses[-1].code == "TOO_MANY_REQUESTS"


async def test_an_office_behind_one_address_signs_in_as_often_as_it_likes(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS", "3")
    settings.cache_clear()

    for _ in range(6):
        await desk.stranger(desk.member.user, address="192.0.2.9").signs_in()


async def test_signing_in_oneself_between_guesses_takes_back_no_guess(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS", "3")
    settings.cache_clear()

    for number in range(3):
        guesser = desk.stranger(desk.member.user, address="192.0.2.9")
        guess = await guesser.tries_to_sign_in(f"somebody{number}@acme.example", "wrong")
        assert guess.data["signIn"]["errors"]
        if number < 2:
            await guesser.signs_in()

    assert (await guesser.tries_to_sign_in("ada@acme.example", "wrong")).code == "TOO_MANY_REQUESTS"


def limited(environment: pytest.MonkeyPatch, **limits: int) -> None:
    """Choose limits of sign-in."""
    for name, times in limits.items():
        environment.setenv(f"EMP_SIGN_IN_ATTEMPTS_{name.upper()}", str(times))
    settings.cache_clear()


async def guesses(desk: Desk, email: str, times: int) -> None:
    """Somebody guesses, each time from another address; a person's last success has left them one try more."""
    for last in range(1, times + 1):
        await desk.stranger(address=f"192.0.2.{last}").tries_to_sign_in(email, "wrong")


async def test_guessing_from_everywhere_shuts_strangers_out_and_not_who_has_signed_in_there_before(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    limited(environment, per_person_anywhere=3)
    await guesses(desk, "mia@acme.example", 4)

    assert (await desk.stranger(address="192.0.2.99").tries_to_sign_in("mia@acme.example", PASSWORD)).code == (
        "TOO_MANY_REQUESTS"
    )
    await desk.member.asks("mutation { signOut { errors { code } } }")
    await desk.member.signs_in()


async def test_a_browser_is_known_for_who_signed_in_on_it_and_for_nobody_else(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    limited(environment, per_person_anywhere=3)
    await guesses(desk, "mia@acme.example", 4)

    assert (await desk.outsider.tries_to_sign_in("mia@acme.example", PASSWORD)).code == "TOO_MANY_REQUESTS"


async def test_guessing_at_everybody_from_everywhere_shuts_strangers_out_and_no_known_browser(
    environment: pytest.MonkeyPatch,
) -> None:
    limited(environment, everywhere=6)
    async with running_desk() as desk:
        for number in range(7):
            await guesses(desk, f"somebody{number}@acme.example", 1)
        stranger = await desk.stranger(address="192.0.2.99").tries_to_sign_in("ada@acme.example", PASSWORD)

        assert stranger.code == "TOO_MANY_REQUESTS"
        await desk.member.signs_in()


async def test_guessing_in_a_known_browser_is_refused_too_and_shuts_out_no_other(desk: Desk) -> None:
    elsewhere = await desk.stranger(desk.member.user).signs_in()
    for _ in range(settings().sign_in_attempts_per_person):
        await desk.member.tries_to_sign_in("mia@acme.example", "wrong")

    assert (await desk.member.tries_to_sign_in("mia@acme.example", PASSWORD)).code == "TOO_MANY_REQUESTS"
    await elsewhere.signs_in()


async def test_a_browser_that_two_people_share_is_known_for_both(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    await desk.member.tries_to_sign_in("ada@acme.example", PASSWORD)
    limited(environment, per_person_anywhere=3)
    await guesses(desk, "mia@acme.example", 4)
    await guesses(desk, "ada@acme.example", 4)

    for email in ("mia@acme.example", "ada@acme.example"):
        assert (await desk.member.tries_to_sign_in(email, PASSWORD)).data["signIn"]["viewer"]


async def test_the_secret_of_a_known_browser_is_kept_as_a_digest_and_replaced_at_each_sign_in(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    copied = desk.member.client.cookies["device"]
    await desk.member.signs_in()
    limited(environment, per_person_anywhere=3)
    await guesses(desk, "mia@acme.example", 4)
    thief = desk.stranger(address="192.0.2.99")
    thief.client.cookies.set("device", copied, domain="testserver.local")

    assert (await thief.tries_to_sign_in("mia@acme.example", PASSWORD)).code == "TOO_MANY_REQUESTS"
    assert desk.member.client.cookies["device"] != copied
    assert len(copied) >= 43  # 256 bits
    assert not await TrustedDevice.filter(digest__in=[copied, desk.member.client.cookies["device"]]).exists()
    assert await TrustedDevice.filter(user__email="mia@acme.example").count() == 1


async def test_a_new_password_makes_strangers_of_all_browsers(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    assert desk.member.user
    await people.set_password(desk.member.user, PASSWORD, "password", by=None, notify=ledger.credentials_changed)
    limited(environment, per_person_anywhere=3)
    await guesses(desk, "mia@acme.example", 4)

    assert (await desk.member.tries_to_sign_in("mia@acme.example", PASSWORD)).code == "TOO_MANY_REQUESTS"


async def test_of_a_persons_browsers_those_used_last_are_known_and_for_half_a_year(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trusted_devices, "MAX_TRUSTED_DEVICES", 2)
    for _ in range(3):
        clock.advance(timedelta(minutes=1))
        newest = await desk.stranger(desk.member.user).signs_in()
    token = newest.client.cookies["device"]

    assert await TrustedDevice.filter(user__email="mia@acme.example").count() == 2
    assert await trusted_devices.trusted_device(token, "MIA@acme.example")
    clock.advance(settings().devices_known)
    assert await trusted_devices.trusted_device(token, "mia@acme.example") is None


async def test_who_is_signed_in_changes_their_password_whatever_others_guess(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    limited(environment, per_person_anywhere=3, everywhere=3, per_address=3)
    await guesses(desk, "mia@acme.example", 4)
    query = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { errors { code } } }"
    passwords = {"currentPassword": PASSWORD, "newPassword": "quite another phrase"}

    assert (await desk.member.asks(query, input=passwords)).data["changePassword"]["errors"] == []


async def test_a_password_is_not_guessed_in_a_session_either(desk: Desk) -> None:
    query = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { errors { code } } }"
    passwords = {"currentPassword": "wrong", "newPassword": "quite another phrase"}
    for _ in range(settings().sign_in_attempts_per_person):
        await desk.member.asks(query, input=passwords)

    assert (await desk.member.asks(query, input=passwords)).code == "TOO_MANY_REQUESTS"


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(desk: Desk) -> None:
    stranger = desk.stranger()

    cookies = (await stranger.client.post("/graphql", json={"query": SIGN_IN})).headers.get_list("set-cookie")

    assert [cookie.partition("=")[0] for cookie in cookies] == ["session", "device"]
    for cookie in cookies:
        assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.lower().split("; "))


async def test_over_https_the_cookie_is_secure_and_bound_to_its_host(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_PUBLIC_URL", "https://desk.example")
    settings.cache_clear()

    answer = await desk.stranger().client.post("/graphql", json={"query": SIGN_IN})

    cookies = answer.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-session", "__Host-device"]
    assert all("Secure" in cookie.split("; ") for cookie in cookies)


async def test_a_page_at_an_address_that_nobody_told_us_is_refused_and_both_addresses_are_logged(
    desk: Desk, environment: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("EMP_PUBLIC_URL", "http://accounts.example")
    settings.cache_clear()
    configure_logs()

    answer = await desk.member.client.post(
        "/graphql", json={"query": WHO}, headers={"origin": "http://desk.example", "x-requested-with": "page"}
    )

    assert answer.status_code == 403
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "another address" in line]
    logged = json.loads(line)
    assert (logged["origin"], logged["public_url"]) == ("http://desk.example", "http://accounts.example")


async def test_signing_out_ends_the_session_at_the_server(desk: Desk) -> None:
    cookie = dict(desk.member.client.cookies)
    await desk.member.asks("mutation { signOut { errors { code } } }")

    thief = desk.stranger()
    thief.client.cookies.update(cookie)

    assert (await thief.asks(WHO)).data["viewer"] is None


async def test_a_session_ends_when_it_is_not_used_and_lives_while_it_is(desk: Desk) -> None:
    for _ in range(4):
        clock.advance(timedelta(minutes=20))
        assert (await desk.member.asks(WHO)).data["viewer"]
    clock.advance(timedelta(minutes=31))

    assert (await desk.member.asks(WHO)).data["viewer"] is None


async def test_a_session_ends_after_twelve_hours_however_much_it_is_used(desk: Desk) -> None:
    for _ in range(36):
        clock.advance(timedelta(minutes=20))
        await desk.member.asks(WHO)

    assert (await desk.member.asks(WHO)).data["viewer"] is None


async def test_a_closed_user_is_out_at_the_next_request(desk: Desk) -> None:
    await User.filter(email="mia@acme.example").update(is_active=False)

    assert (await desk.member.asks(WHO)).data["viewer"] is None


async def test_only_digests_of_tokens_are_kept(desk: Desk) -> None:
    cookie = desk.member.client.cookies["session"]

    assert not await SessionToken.filter(digest=cookie).exists()
    assert await SessionToken.filter(kind="COOKIE").count() == 5


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://other.testserver"},
    ],
)
async def test_another_site_cannot_act_with_the_cookie(desk: Desk, headers: dict[str, str]) -> None:
    answer = await desk.super_admin.asks(WHO, headers=headers)

    assert (answer.status, answer.code) == (403, "FOREIGN_ORIGIN")


async def test_the_page_itself_can(desk: Desk) -> None:
    answer = await desk.super_admin.asks(WHO, headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"})

    assert answer.data["viewer"]["email"] == "ada@acme.example"
