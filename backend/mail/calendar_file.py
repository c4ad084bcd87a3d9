"""Expiry dates as a calendar file, which the reader's calendar takes over with one click."""

from collections.abc import Sequence
from datetime import datetime

from icalendar import Calendar, Event

from backend.accounts.term import ONE_DAY
from backend.mail.letter import DayToRemember

NAME = "expiry.ics"


def calendar_of(days: Sequence[DayToRemember], domain: str, written_at: datetime) -> str:
    """Whole days, which take up no time of the reader's; the same text for the same days and instant."""
    calendar = Calendar()
    calendar.add("prodid", "-//Account desk//Expiry dates//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for day in days:
        event = Event()
        event.add("uid", f"{day.uid}@{domain}")
        event.add("dtstamp", written_at)
        event.add("dtstart", day.day)
        event.add("dtend", day.day + ONE_DAY)
        event.add("summary", day.title)
        event.add("url", day.link)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    text: str = calendar.to_ical().decode()
    return text
