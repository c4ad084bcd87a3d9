"""The page on security names tests that exist, files that exist, and each requirement once."""

import re
from pathlib import Path

import pytest

from tests.security.mutants import MUTANTS

ROOT = Path(__file__).parents[1]

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

REQUIREMENTS = 253
"""Of levels 1 and 2 of ASVS 5.0."""


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", PAGE))))
def test_a_test_that_is_named_exists(named: str) -> None:
    file, _, function = named.partition("::")

    assert re.search(
        rf"^(async )?def {function}\(" if function else "def test_", (ROOT / file).read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`((?:backend|frontend|docs)/[\w/.-]+\.\w+)`", PAGE))))
def test_a_file_that_is_named_exists(named: str) -> None:
    assert (ROOT / named).is_file()


def test_each_requirement_stands_in_it_once_in_order() -> None:
    ids = [tuple(map(int, found.split("."))) for found in re.findall(r"^\| (\d+\.\d+\.\d+) \|", PAGE, re.MULTILINE)]

    assert len(ids) == REQUIREMENTS
    assert ids == sorted(set(ids))


def test_the_number_of_mutants_is_that_of_the_command() -> None:
    assert f"killed: {len(MUTANTS)} of {len(MUTANTS)}" in PAGE
