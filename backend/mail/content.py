"""What a mail says, in its reader's language, before it is laid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Row:
    """A line of facts; ``before`` where it tells of a change, ``link`` where its value has a page."""

    label: str
    value: str
    before: str | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One of several accounts that a mail lists; ``note`` says what is particular about it."""

    name: str
    link: str
    details: str
    day: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DayToRemember:
    """An entry for the reader's calendar: a whole day."""

    uid: str
    day: date
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Content:
    """A mail in its reader's language; ``domain`` is the account's own e-mail domain, if it has one."""

    subject: str
    heading: str
    lead: str
    button: str
    link: str
    rows: Sequence[Row] = ()
    items: Sequence[Item] = ()
    after: Sequence[str] = ()
    quote_label: str = ""
    quote: str = ""
    domain: str | None = None
    days: Sequence[DayToRemember] = ()
