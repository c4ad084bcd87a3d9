"""Statements that are named in an SQL file: read by name, without comments, each with what it guarantees, and used."""

import re
from pathlib import Path

import pytest

from backend.mail.ledger_sql import LEDGER_SQL
from backend.storage.named_sql import read_statements

MAIL = Path(__file__).parents[2] / "backend" / "mail"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An importable package without files, at ``tmp_path``; its name is the test's, since modules stay imported."""
    name = f"package_of_{tmp_path.name}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_a_statement_is_read_by_its_name_without_comments(package: str, tmp_path: Path) -> None:
    text = "-- A head.\n\n-- name: one\n-- One row.\nSELECT 1\n  -- why\n  AS n\n\n-- name: two\nSELECT '--'\n"
    (tmp_path / package / "some.sql").write_text(text)

    assert read_statements(package, "some.sql") == {"one": "SELECT 1\n  AS n", "two": "SELECT '--'"}


def test_a_name_that_no_statement_has_is_refused_with_the_names_there_are(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "some.sql").write_text("-- name: one\nSELECT 1\n-- name: two\nSELECT 2\n")

    with pytest.raises(LookupError, match="no statement is named 'three', only one, two"):
        read_statements(package, "some.sql")["three"]


def test_two_statements_of_one_name_are_refused(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "some.sql").write_text("-- name: one\nSELECT 1\n-- name: one\nSELECT 2\n")

    with pytest.raises(ValueError, match=r"some.sql: two statements have one name"):
        read_statements(package, "some.sql")


def test_each_statement_of_the_ledger_says_what_it_guarantees() -> None:
    documented = re.findall(
        r"^-- name: (\w+)\n-- [A-Z]", (MAIL / "ledger.sql").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert documented == list(LEDGER_SQL)


def test_each_statement_of_the_ledger_is_used_and_each_that_is_used_exists() -> None:
    modules = "".join(module.read_text(encoding="utf-8") for module in MAIL.glob("*.py"))

    assert set(re.findall(r'LEDGER_SQL\["(\w+)"\]', modules)) == set(LEDGER_SQL)
