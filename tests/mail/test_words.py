"""Every mail can be written in every language."""

import json
import string
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest

from backend.catalogue import Language
from backend.mail.models import Reason
from backend.mail.wording import Wording

OTHERS = [language for language in Language if language != Language.EN]


def words_of(language: Language) -> dict[str, Any]:
    text: dict[str, Any] = json.loads(files("backend.mail").joinpath("words", f"{language}.json").read_text("utf-8"))
    return text


def placeholders(sentence: Any) -> set[str]:
    forms = sentence.values() if isinstance(sentence, dict) else [sentence]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_has_the_same_keys_and_placeholders(language: Language) -> None:
    english, other = words_of(Language.EN), words_of(language)

    assert list(other) == list(english)
    assert {key: placeholders(other[key]) for key in other} == {key: placeholders(english[key]) for key in english}


@pytest.mark.parametrize("language", Language)
def test_each_reason_for_not_sending_has_its_words(language: Language) -> None:
    said = {key.removeprefix("ended.") for key in words_of(language) if key.startswith("ended.")}

    assert said == set(Reason)


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    wording = Wording(Language.FR)

    assert wording.date(date(2026, 12, 1)) == "1er décembre 2026"
    assert wording.date(date(2026, 12, 11)) == "11 décembre 2026"
    assert (
        wording.instant(datetime(2026, 12, 1, 9, tzinfo=UTC), "Europe/Paris") == "1er décembre 2026, 10:00 (UTC+01:00)"
    )


@pytest.mark.parametrize("language", Language)
def test_nothing_is_said_about_data(language: Language) -> None:
    reminder = " ".join(str(sentence) for key, sentence in words_of(language).items() if key.startswith("reminder."))

    for word in ("data ", "delete", "donnée", "supprim", "datos", "borra", "dades", "esborra"):
        assert word not in reminder.lower()
