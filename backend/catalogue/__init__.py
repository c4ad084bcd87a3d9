"""Licences, sectors and countries: the first catalogue of domain.md, and its names in each language."""

from backend.catalogue.entries import COUNTRIES, LICENCES, RTC_COUNTRY, SECTORS, licence_rank
from backend.catalogue.words import Language, country_name, message, words

__all__ = [
    "COUNTRIES",
    "LICENCES",
    "RTC_COUNTRY",
    "SECTORS",
    "Language",
    "country_name",
    "licence_rank",
    "message",
    "words",
]
