"""Defences of sign-ins and sessions: costly hashes, new sessions, random tokens, no secrets in logs."""

import io
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters

from backend.identity import passwords
from backend.identity.models import AuditEntry, Session, SessionToken, User
from backend.identity.passwords import MAX_CONCURRENT_HASHES
from backend.mail.models import Mail
from backend.settings import Settings, settings
from tests.api.documents import SCHEMA
from tests.desk import PASSWORD, Desk, Person

WHO = "{ viewer { email } }"
ASK = "mutation ($email: String!) { requestPasswordReset(input: {email: $email}) { errors { code } } }"
RESET = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { errors { code } } }"
REFRESH = "mutation ($token: String!) { refreshSession(input: {refreshToken: $token}) { tokens { refreshToken } } }"


def test_password_hashes_have_the_required_parameters() -> None:
    memory, passes = (Settings.model_fields[name].default for name in ("argon2_memory_kib", "argon2_passes"))

    assert (memory >= 19_456 and passes >= 2) or memory >= 47_104
    assert MAX_CONCURRENT_HASHES * memory < 300 * 1024


async def test_a_hash_with_weaker_parameters_is_renewed_at_sign_in(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    old = (await User.get(name="Ada")).password_hash
    environment.setenv("EMP_ARGON2_MEMORY_KIB", "16")
    settings.cache_clear()
    await desk.super_admin.signs_in()
    new = (await User.get(name="Ada")).password_hash
    await desk.super_admin.signs_in()

    assert [extract_parameters(stored).memory_cost for stored in (old, new)] == [8, 16]
    assert (await User.get(name="Ada")).password_hash == new


async def test_an_unknown_address_costs_as_much_work_as_a_wrong_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def verify(self: PasswordHasher, stored: str, password: str) -> bool:
        done.append(stored)
        return original(self, stored, password)

    original = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", verify)
    for email in ("ada@acme.example", "nobody@acme.example"):
        await desk.stranger().tries_to_sign_in(email, "wrong")

    known, unknown = map(extract_parameters, done)
    assert known == unknown


@pytest.mark.parametrize("length", [64, 200])
async def test_every_character_of_a_long_password_counts(desk: Desk, length: int) -> None:
    password = "ñ" * (length - 1) + " "
    await User.filter(name="Mia").update(password_hash=await passwords.hash_password(password))

    shorter = await desk.stranger().tries_to_sign_in("mia@acme.example", password[:-1])
    right = await desk.stranger().tries_to_sign_in("mia@acme.example", password)

    assert shorter.data["signIn"]["errors"][0]["code"] == "WRONG_CREDENTIALS"
    assert right.data["signIn"]["viewer"]["name"] == "Mia"


async def test_sign_in_opens_a_new_session_whatever_cookie_the_client_sends(desk: Desk) -> None:
    person = desk.stranger(desk.member.user)
    person.client.cookies.set("session", "chosen-by-somebody-else", domain="testserver.local")

    await person.signs_in()

    held = [one.value for one in person.client.cookies.jar if one.name == "session"]
    (cookie,) = set(held) - {"chosen-by-somebody-else"}
    assert cookie is not None
    assert len(cookie) >= 43  # 256 bits
    assert await who_has(desk, "chosen-by-somebody-else") is None
    assert await who_has(desk, cookie) == "mia@acme.example"


async def test_signing_in_again_ends_the_earlier_session(desk: Desk) -> None:
    before = desk.member.client.cookies["session"]

    await desk.member.signs_in()

    assert await who_has(desk, before) is None
    assert await Session.filter(user__name="Mia", ended_at=None).count() == 1


async def who_has(desk: Desk, cookie: str) -> str | None:
    """The viewer of a call with this cookie."""
    answer = await desk.stranger().asks(WHO, headers={"cookie": f"session={cookie}"})
    viewer = answer.data["viewer"]
    return viewer["email"] if viewer else None


async def test_tokens_are_random_and_carry_no_claims(desk: Desk) -> None:
    held = await phone(desk.super_admin, desk)
    tokens = [held["accessToken"], held["refreshToken"], desk.member.client.cookies["session"]]

    assert all("." not in token and len(token) >= 43 for token in tokens)
    for token in tokens:
        for changed in (token[:-1], token + "A", token.swapcase(), "eyJhbGciOiJub25lIn0.e30."):
            answer = await desk.stranger().asks(WHO, headers={"authorization": f"Bearer {changed}"})
            assert answer.data["viewer"] is None
    assert await SessionToken.filter(digest__in=tokens).count() == 0


async def phone(person: Person, desk: Desk) -> Any:
    """The tokens of a signed-in phone."""
    assert person.user is not None
    answer = await desk.stranger().tries_to_sign_in(person.user.email, PASSWORD, client="PHONE", device="A phone")
    return answer.data["signIn"]["tokens"]


async def test_no_secret_of_a_person_is_in_the_log_or_the_audit_log(desk: Desk, logged: io.StringIO) -> None:
    held = await phone(desk.super_admin, desk)
    await desk.stranger().asks(REFRESH, token=held["refreshToken"])
    await desk.stranger().asks(REFRESH, token="not-a-token-that-anybody-has")
    await desk.stranger().asks(ASK, email="mia@acme.example")
    reset = (await Mail.get(kind="PASSWORD_RESET")).facts["token"]
    await desk.stranger().asks(RESET, input={"token": reset, "newPassword": "short"})
    await desk.stranger().asks(RESET, input={"token": reset, "newPassword": "a new phrase of hers"})
    await desk.stranger().tries_to_sign_in("mia@acme.example", "a wrong guess of it")
    await desk.super_admin.asks(WHO, headers={"origin": "https://evil.example"})

    secrets = [PASSWORD, "a new phrase of hers", "a wrong guess of it", "not-a-token-that-anybody-has", reset]
    secrets += [held["accessToken"], held["refreshToken"], desk.super_admin.client.cookies["session"]]
    audited = str([(line.subject, line.facts) for line in await AuditEntry.all()])
    assert logged.getvalue()
    assert [secret for secret in secrets if secret in logged.getvalue() or secret in audited] == []


async def test_a_refused_sign_in_and_a_forbidden_call_are_in_the_log(desk: Desk, logged: io.StringIO) -> None:
    await desk.stranger(address="192.0.2.7").tries_to_sign_in("ada@acme.example", "wrong")
    await desk.member.asks("{ zoneCounts { active } }")

    assert "a sign-in was refused" in logged.getvalue()
    assert "192.0.2.7" in logged.getvalue()
    assert "somebody asked for what their role may not do" in logged.getvalue()


def test_tokens_in_urls_are_not_accepted() -> None:
    """GET is answered only for trusted documents, and none of them takes a secret."""
    secrets = {"SignInInput", "RefreshSessionInput", "ChangePasswordInput", "ResetPasswordInput"}

    query = SCHEMA.query_type
    assert query is not None
    assert not secrets & {
        str(argument.type).strip("!") for field in query.fields.values() for argument in field.args.values()
    }
