"""Headers that are written by hand are the library's own, byte for byte."""

import random

import pytest

from backend.mail import rendering

WORDS = "ab Z09 .,;:()<>@\"'=?!-_é€\\/[]% "

NAMES = "abZ09 .-_+é'"

ADDRESSES = "abZ09._+-'"


@pytest.fixture
def chance() -> random.Random:
    return random.Random(7)


def text(chance: random.Random, letters: str, most: int) -> str:
    """Something that a header may hold."""
    return rendering.one_line("".join(chance.choices(letters, k=chance.randint(1, most)))) or "a"


def test_a_subject_is_written_as_the_library_writes_it(chance: random.Random) -> None:
    subjects = [text(chance, WORDS, 90) for _ in range(3000)] + [
        "Harbour =?utf-8?q?Tower?= expires",
        "a" * 69,
        "a" * 70,
    ]

    by_hand = [rendering._header("Subject", subject) for subject in subjects]

    assert by_hand == [rendering._header_by_library("Subject", subject, None) for subject in subjects]


def test_a_mailbox_is_written_as_the_library_writes_it(chance: random.Random) -> None:
    for _ in range(3000):
        name, address = text(chance, NAMES, 40), f"{''.join(chance.choices(ADDRESSES, k=5))}@acme.example"
        try:
            by_library = rendering._header_by_library("To", address, name)
        except Exception as refusal:
            with pytest.raises(type(refusal)):
                rendering._header("To", address, name=name)
        else:
            assert rendering._header("To", address, name=name) == by_library
