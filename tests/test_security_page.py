"""The page on security names tests that exist, files that exist, and each requirement once."""

import re
from pathlib import Path

import pytest

from tests.security.mutants import MUTANTS

ROOT = Path(__file__).parents[1]

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

REQUIREMENTS = 253
"""Of levels 1 and 2 of ASVS 5.0."""


CASES = {"A": 19, "B": 11, "C": 9, "D": 14, "E": 14, "F": 16, "G": 18, "H": 13, "I": 7, "S": 9, "K": 6, "R": 5, "P": 9}
CASES |= {"M": 4, "T": 4, "W": 1, "X": 4}
"""How many each suite has."""


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


def test_each_case_of_each_suite_stands_in_it_once() -> None:
    named = list[tuple[str, int]]()
    for cases in re.findall(r"^\| ((?:[A-Z]\d+(?:, | to | ))+)", PAGE, re.MULTILINE):
        for letter, first, last in re.findall(r"([A-Z])(\d+)(?: to [A-Z](\d+))?", cases):
            named += [(letter, number) for number in range(int(first), int(last or first) + 1)]

    assert sorted(named) == sorted((letter, number) for letter, most in CASES.items() for number in range(1, most + 1))


def test_the_number_of_mutants_is_that_of_the_command() -> None:
    assert f"killed: {len(MUTANTS)} of {len(MUTANTS)}" in PAGE
