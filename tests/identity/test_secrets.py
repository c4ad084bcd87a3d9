"""Secrets come from the environment or from files, and no log and no error shows them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.logging import configure_logs
from backend.settings import Settings, settings
from tests.desk import PASSWORD, Desk
from tests.identity.test_second_factor import code_of, sets_up

CANARY = "canary-7f3a-of-a-key"


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "B" * 43 + "="
    (tmp_path / "DATABASE_URL").write_text("postgresql://desk@db/desk\n")
    (tmp_path / "EMP_SECOND_FACTOR_KEYS").write_text(f"{key}\n")
    for name in ("DATABASE_URL", "EMP_SECOND_FACTOR_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EMP_SECRETS_DIR", str(tmp_path))
    settings.cache_clear()

    found = settings()

    settings.cache_clear()
    assert (found.database_url, found.second_factor_keys) == ("postgresql://desk@db/desk", (key,))


def test_a_variable_wins_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "EMP_METRICS_TOKEN").write_text("of the file")
    monkeypatch.setenv("EMP_METRICS_TOKEN", "of the variable")

    assert Settings(_secrets_dir=tmp_path).metrics_token == "of the variable"


def test_a_key_that_is_none_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMP_SECOND_FACTOR_KEYS", CANARY)

    with pytest.raises(ValidationError, match="32 random bytes") as refused:
        Settings()

    assert CANARY not in str(refused.value)


def test_codes_are_not_demanded_where_none_can_be_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMP_SECOND_FACTOR_KEYS", raising=False)
    monkeypatch.setenv("EMP_CUSTOMER_SUCCESS_NEEDS_SECOND_FACTOR", "true")

    with pytest.raises(ValidationError, match="takes EMP_SECOND_FACTOR_KEYS"):
        Settings()


async def test_nothing_secret_that_passes_through_signing_in_is_in_the_logs_or_in_a_refusal(
    desk: Desk, environment: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("EMP_LOG_LEVEL", "debug")
    configure_logs()
    secret, codes = await sets_up(desk.super_admin)
    phone = {"client": "PHONE", "code": code_of(secret)}
    tokens = (await desk.stranger().tries_to_sign_in("ada@acme.example", PASSWORD, **phone)).data["signIn"]["tokens"]
    refusals = [
        await desk.stranger().tries_to_sign_in("ada@acme.example", CANARY),
        await desk.stranger().tries_to_sign_in("ada@acme.example", PASSWORD, code=CANARY),
        await desk.stranger().tries_to_sign_in("ada@acme.example", PASSWORD, code=phone["code"]),
        await desk.stranger().asks("{ viewer { email } }", headers={"authorization": f"Bearer {CANARY}"}),
    ]

    said = capfd.readouterr()
    told = said.out + said.err + "".join(str(refusal.body) for refusal in refusals)

    assert "a code was refused" in said.err
    held = [PASSWORD, CANARY, secret, *codes, phone["code"], *settings().second_factor_keys, *tokens.values()]
    assert [text for text in held if text in told] == []
