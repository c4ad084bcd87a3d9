"""Expiry dates as a calendar file, which the reader's calendar takes over with one click (RFC 5545)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from backend.accounts.term import ONE_DAY
from backend.mail.content import DayToRemember

NAME = "expiry.ics"

CRLF = b"\r\n"

FOLDED_AT = 75
"""Bytes of a line at most; what is longer goes on in the next, after a blank."""

BREAK = re.compile(r"\r\n|[\r\n]")

MEANING_SOMETHING = re.compile(r"[\\;,]")


def calendar_of(days: Sequence[DayToRemember], domain: str, written_at: datetime) -> bytes:
    """Whole days, which take up no time of the reader's; the same bytes for the same days and instant.

    Laid out by hand: a library takes as long for it as for all the rest of a mail.
    """
    stamp = f"{written_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Account desk//Expiry dates//EN", "METHOD:PUBLISH"]
    for day in days:
        lines += [
            "BEGIN:VEVENT",
            f"SUMMARY:{_text(day.title)}",
            f"DTSTART;VALUE=DATE:{day.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.day + ONE_DAY:%Y%m%d}",
            f"DTSTAMP:{stamp}",
            f"UID:{_text(f'{day.uid}@{domain}')}",
            "TRANSP:TRANSPARENT",
            f"URL:{day.link}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line.encode()) for line in lines)


def _text(text: str) -> str:
    return BREAK.sub(r"\\n", MEANING_SOMETHING.sub(r"\\\g<0>", text))


def _folded(line: bytes) -> bytes:
    pieces = []
    while len(line) > FOLDED_AT:
        end = FOLDED_AT
        while line[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        pieces.append(line[:end])
        line = b" " + line[end:]
    return CRLF.join([*pieces, line, b""])
