"""What a mail host's reply means: temporary or permanent, and how long to wait (docs/mail.md, Retries)."""

import re
from datetime import timedelta

MAX_NAMED_WAIT = timedelta(days=1)
"""A host that names more is asked again then all the same."""

GREYLIST_WAIT = timedelta(minutes=5)

_SPAN = re.compile(
    r"\b(?:in|after|for|wait|delay)\b\D{0,12}?(?:(\d{1,2}):(\d{2}):(\d{2})|(\d{1,6})\s*(s|m|h)(?:ec|in|r|our|onds|utes)?)",
    re.IGNORECASE,
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_GREYLIST = re.compile(r"gr[ae]y-?list|\b4\.7\.1\b", re.IGNORECASE)
_FULL = re.compile(r"\b[45]\.2\.2\b|mailbox (?:is )?full|over quota|quota exceeded", re.IGNORECASE)


def legible(reply: str) -> str:
    """The reply as it can be kept: what is no UTF-8, and NUL, which PostgreSQL does not hold, as � (U+FFFD)."""
    return reply.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")


def is_temporary(code: int) -> bool:
    """Whether the host may say yes another time."""
    return 400 <= code < 500


def is_full_mailbox(code: int, text: str) -> bool:
    """Whether a recipient's mailbox is full: often called permanent, yet it is emptied one day."""
    return code == 552 or bool(_FULL.search(text))


def wait_named_in(reply: str) -> timedelta:
    """How long the reply asks to be left alone: the span that it names, five minutes for a greylist, else none."""
    named = _SPAN.search(reply)
    wait = _span(named) if named else timedelta()
    if _GREYLIST.search(reply):
        wait = max(wait, GREYLIST_WAIT)
    return min(wait, MAX_NAMED_WAIT)


def _span(named: re.Match[str]) -> timedelta:
    hours, minutes, seconds, number, unit = named.groups()
    if number is None:
        return timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return timedelta(seconds=int(number) * _SECONDS[unit.lower()])
