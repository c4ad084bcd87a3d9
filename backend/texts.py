"""Harmful characters: those that PostgreSQL cannot store, that are invisible, or that change the direction of text."""

import unicodedata
from functools import cache

INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode's general categories of control, format, unassigned and private characters, and of line separators."""

DEFAULT_IGNORABLE = (
    *(range(0x034F, 0x0350), range(0x115F, 0x1161), range(0x17B4, 0x17B6), range(0x180B, 0x1810)),
    *(range(0x3164, 0x3165), range(0xFE00, 0xFE10), range(0xFFA0, 0xFFA1), range(0xE0000, 0xE1000)),
)
"""Default_Ignorable_Code_Point outside those categories (Unicode, DerivedCoreProperties): fillers and selectors."""

BLANK = {"\u2800", "\U0001d159"}
"""Symbols without ink: the empty Braille pattern and the null notehead."""

BIDIRECTIONAL_CONTROLS = frozenset("\u061c\u200e\u200f" + "\u202a\u202b\u202c\u202d\u202e" + "\u2066\u2067\u2068\u2069")
"""Bidi_Control (Unicode Standard Annex 9): they show a text in another order than it is read by a program."""


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold a text: no NUL, and no half of a surrogate pair."""
    if text.isascii():
        return "\0" not in text
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def is_control(char: str) -> bool:
    """Whether a character controls a terminal, a log or a mail, or is a lone surrogate."""
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or char in BIDIRECTIONAL_CONTROLS


@cache
def _ignorable() -> frozenset[str]:
    return frozenset(chr(point) for points in DEFAULT_IGNORABLE for point in points) | BLANK


def is_invisible(char: str) -> bool:
    """Whether a character other than a space is invisible: two texts that differ in it alone look the same."""
    return unicodedata.category(char) in INVISIBLE_CATEGORIES or char in _ignorable()


def has_ink(text: str) -> bool:
    """Whether a text has a visible letter, digit, punctuation mark or symbol."""
    return any(unicodedata.category(char)[0] in "LNPS" and not is_invisible(char) for char in text)


def one_space(text: str) -> str:
    """The text without leading and trailing spaces, and with one U+0020 for each run of spaces within."""
    with_plain_spaces = "".join(" " if unicodedata.category(char) == "Zs" else char for char in text)
    return " ".join(part for part in with_plain_spaces.split(" ") if part)


def escaped(text: str) -> str:
    """The text with its control characters escaped as in Python, safe to print as one line on a terminal."""
    return "".join(char.encode("unicode_escape").decode() if is_control(char) else char for char in text)
