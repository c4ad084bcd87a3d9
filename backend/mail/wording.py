"""The words of mails in a reader's language, and their dates and numbers."""

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time, get_timezone, get_timezone_gmt
from babel.numbers import format_decimal

from backend.catalogue import Language, country_name, name_in

LOCALES = {Language.EN: "en_GB", Language.FR: "fr", Language.ES: "es", Language.CA: "ca"}


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's words."""

    language: Language

    @property
    def locale(self) -> Locale:
        """Whose habits dates and numbers follow."""
        return _locale(self.language)

    def say(self, key: str, **values: str) -> str:
        """A sentence. Raises: KeyError, for a key or a value that is missing."""
        return str(_sentences(self.language)[key]).format(**values)

    @property
    def keys(self) -> Set[str]:
        """What there are sentences of."""
        return _sentences(self.language).keys()

    def ended(self, reason: str) -> str:
        """Why a mail was not sent; the reason's own name, where only a newer version has words of it."""
        key = f"ended.{reason}"
        return self.say(key) if key in self.keys else reason

    def count(self, key: str, number: int, **values: str) -> str:
        """A sentence about a number, in the form that the language has for it; 0 may have one of its own."""
        forms = _sentences(self.language)[key]
        form = "zero" if number == 0 and "zero" in forms else _plural(self.language, number)
        return str(forms.get(form, forms["other"])).format(**values)

    def date(self, day: date) -> str:
        """A date, written out."""
        return _date(self.language, day)

    def instant(self, at: datetime, time_zone: str) -> str:
        """A date and time as clocks in a time zone show it, with how far they are from UTC."""
        local = at.astimezone(get_timezone(time_zone))
        clock = format_time(local, "HH:mm", locale=self.locale)
        return f"{self.date(local.date())}, {clock} ({get_timezone_gmt(local, locale=self.locale)})"

    def number(self, number: int) -> str:
        """A whole number with its groups."""
        return _number(self.language, number)

    def value(self, field: str, text: str | None) -> str:
        """A field's value as it is read: codes by name, dates written out."""
        if text is None:
            return "–"
        match field:
            case "LICENCE":
                return name_in("licences", text, self.language)
            case "SECTOR":
                return name_in("sectors", text, self.language)
            case "COUNTRY":
                return country_name(text, self.language)
            case "DATAPOINTS" | "RTC_LINES":
                return self.number(int(text))
            case "STARTS_ON" | "EXPIRES_ON":
                return self.date(date.fromisoformat(text))
            case _:
                return text


@cache
def _locale(language: Language) -> Locale:
    return Locale.parse(LOCALES[language])


# Kept, since the library takes as long for a few of them as a mail takes to be laid out: they stand in many mails.
@lru_cache(maxsize=2000)
def _date(language: Language, day: date) -> str:
    text = format_date(day, format="long", locale=_locale(language))
    # In French the first day of a month alone is an ordinal, which the locale's patterns do not know.
    return f"1er {text.removeprefix('1 ')}" if language is Language.FR and text.startswith("1 ") else text


@lru_cache(maxsize=2000)
def _number(language: Language, number: int) -> str:
    return format_decimal(number, locale=_locale(language))


@lru_cache(maxsize=2000)
def _plural(language: Language, number: int) -> str:
    return str(_locale(language).plural_form(number))


@cache
def _sentences(language: Language) -> Mapping[str, Any]:
    text = files("backend.mail").joinpath("words", f"{language}.json").read_text(encoding="utf-8")
    sentences: dict[str, Any] = json.loads(text)
    return sentences
