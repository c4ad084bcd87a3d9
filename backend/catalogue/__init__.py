"""Licences, sectors and countries: their codes, and their names in each language."""

from backend.catalogue.entries import COUNTRIES, LICENCES, RTC_COUNTRY, SECTORS, licence_rank
from backend.catalogue.words import LANGUAGE_CODES, Language, country_name, language_of, message, name_in, words

__all__ = [
    "COUNTRIES",
    "LANGUAGE_CODES",
    "LICENCES",
    "RTC_COUNTRY",
    "SECTORS",
    "Language",
    "country_name",
    "language_of",
    "licence_rank",
    "message",
    "name_in",
    "words",
]
