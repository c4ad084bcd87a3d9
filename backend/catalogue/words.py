"""Words of the interface that the server hands out, in each language."""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.numbers import format_decimal


class Language(StrEnum):
    """The languages of the interface and of the mails."""

    EN = "en"
    """English."""
    FR = "fr"
    """French."""
    ES = "es"
    """Spanish."""
    CA = "ca"
    """Catalan."""


LANGUAGE_CODES = frozenset(language.value for language in Language)


def language_of(code: str) -> Language:
    """The language of this code; English for one that only a newer version has words of."""
    return Language(code) if code in LANGUAGE_CODES else Language.EN


def name_in(section: str, code: str, language: str) -> str:
    """The name of an entry of a catalogue; its code, where only a newer version knows it."""
    return words(language)[section].get(code, code)


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """Every word of a language, by section and code."""
    text = files("backend.catalogue").joinpath("words", f"{Language(language)}.json").read_text(encoding="utf-8")
    sections: dict[str, dict[str, str]] = json.loads(text)
    return sections


def message(code: str, language: str, values: Mapping[str, Any]) -> str:
    """What a problem says to its reader; whole numbers in the reader's notation."""
    readable = {
        name: format_decimal(value, locale=language) if isinstance(value, int) else value
        for name, value in values.items()
    }
    return words(language)["problems"][code].format(**readable)


def request_message(code: str, language: str) -> str:
    """What the refusal of a whole request says to its reader."""
    return words(language)["requests"][code]


@cache
def country_name(code: str, language: str) -> str:
    """A country's name as the Unicode CLDR gives it."""
    return str(Locale.parse(language).territories.get(code, code))
