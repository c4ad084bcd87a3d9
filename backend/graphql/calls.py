"""How many calls an address and a person have in a minute, and how many a document counts for."""

from datetime import timedelta

from backend.settings import settings
from backend.storage.counting import Limit

CHARACTERS_OF_A_CALL = 250
"""Of a document that is not known. Reading them takes some milliseconds at most, about as long as answering a call."""


def per_address() -> Limit:
    """Of one network address."""
    return Limit("calls:address", settings().calls_per_minute_per_address, timedelta(minutes=1))


def per_person() -> Limit:
    """Of one person, on all their devices."""
    return Limit("calls:person", settings().calls_per_minute_per_person, timedelta(minutes=1))


def calls_more(text: str) -> int:
    """How many calls a document that is not known counts for, beside the one that brought it."""
    return len(text) // CHARACTERS_OF_A_CALL
