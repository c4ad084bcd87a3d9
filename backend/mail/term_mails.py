"""Letters about terms that end: reminders, renewals that wait, and reminders that came too late.

One account is told of in full; several that share a mail are listed.
"""

from collections.abc import Sequence

from backend.mail.content import Content, DayToRemember, Item, Row
from backend.mail.models import Milestone
from backend.mail.terms import Term
from backend.mail.wording import Wording
from backend.settings import settings


def reminder(terms: Sequence[Term], milestone: Milestone, wording: Wording) -> Content:
    """To a SuperAdmin: a term ends, or several do. The first reminder brings the days for the reader's calendar."""
    days = [_day_to_remember(term, wording) for term in terms] if milestone is Milestone.ONE_MONTH else []
    attached = [wording.count("reminder.calendar", len(days))] if days else []
    if len(terms) > 1:
        return _reminder_of_several(terms, days, attached, wording)
    (term,) = terms
    expires_on = wording.date(term.account.expires_on)
    return Content(
        subject=wording.say("reminder.subject", account=term.account.name, date=expires_on),
        heading=wording.count(
            "reminder.heading", term.days_left, account=term.account.name, days=wording.number(term.days_left)
        ),
        lead=wording.say("reminder.lead", date=expires_on),
        rows=_rows(term, wording),
        after=[wording.say("reminder.pending" if term.renewal else "reminder.next"), *attached],
        button=wording.say("reminder.pending_button" if term.renewal else "reminder.button"),
        link=term.page if term.renewal else f"{term.page}/renew",
        domain=term.account.mail_domain,
        days=days,
    )


def renewal_waiting(terms: Sequence[Term], wording: Wording) -> Content:
    """To Customer Success: an account expires soon, and its renewal is not decided."""
    first = terms[0]
    count, days, date = wording.number(len(terms)), wording.number(first.days_left), _span(terms, wording)
    if len(terms) > 1:
        return Content(
            subject=wording.say("waiting.subject_many", count=count, date=date),
            heading=wording.count("waiting.heading_many", first.days_left, count=count, days=days),
            lead=wording.say("waiting.lead_many"),
            items=[_item(term, wording, link=_queue(term), note=_asked(term, wording)) for term in terms],
            button=wording.say("waiting.button_many"),
            link=f"{settings().origin}/queue",
        )
    return Content(
        subject=wording.say("waiting.subject", account=first.account.name, date=date),
        heading=wording.count("waiting.heading", first.days_left, account=first.account.name, days=days),
        lead=wording.say("waiting.lead"),
        rows=[
            *_rows(first, wording, with_organisation=True),
            Row(wording.say("waiting.asked"), _asked(first, wording)),
        ],
        button=wording.say("filed.button"),
        link=_queue(first),
    )


def reminders_late(terms: Sequence[Term], wording: Wording) -> Content:
    """To Customer Success: a term has ended and not every reminder of it could be sent."""
    first, date = terms[0], _span(terms, wording)
    if len(terms) > 1:
        count = wording.number(len(terms))
        return Content(
            subject=wording.say("late.subject_many", count=count),
            heading=wording.say("late.heading_many", count=count),
            lead=wording.say("late.lead_many"),
            items=[_item(term, wording, link=term.page, note=term.organisation.name) for term in terms],
            button=wording.say("late.button_many"),
            link=f"{settings().origin}/management/expired",
        )
    return Content(
        subject=wording.say("late.subject", account=first.account.name, date=date),
        heading=wording.say("late.heading", account=first.account.name),
        lead=wording.say("late.lead", date=date, organisation=first.organisation.name),
        rows=_rows(first, wording, with_organisation=True),
        button=wording.say("reminder.pending_button"),
        link=first.page,
    )


def _reminder_of_several(
    terms: Sequence[Term], days: Sequence[DayToRemember], attached: Sequence[str], wording: Wording
) -> Content:
    first, last = terms[0], terms[-1]
    count, date, left = wording.number(len(terms)), _span(terms, wording), wording.number(first.days_left)
    together = first.account.expires_on == last.account.expires_on
    heading = "reminder.heading_many" if together else "reminder.heading_span"
    return Content(
        subject=wording.count(
            "reminder.subject_many",
            len(terms) - 1,
            account=first.account.name,
            more=wording.number(len(terms) - 1),
            date=date,
        ),
        heading=wording.count(heading, first.days_left, count=count, days=left),
        lead=wording.say("reminder.lead_many" if together else "reminder.lead_span", date=date),
        items=[
            _item(
                term,
                wording,
                link=term.page if term.renewal else f"{term.page}/renew",
                note=wording.say("reminder.item_pending") if term.renewal else "",
            )
            for term in terms
        ],
        after=[wording.say("reminder.next_many"), *attached],
        button=wording.say("reminder.button_many"),
        link=f"{settings().origin}/management/active?expires=30d&sort=expires",
        domain=first.account.mail_domain,
        days=days,
    )


def _rows(term: Term, wording: Wording, *, with_organisation: bool = False) -> list[Row]:
    account = term.account
    rows = [
        Row(wording.say("field.NAME"), account.name),
        Row(wording.say("field.CLIENT_NAME"), account.client_name),
        Row(wording.say("field.LICENCE"), wording.value("LICENCE", account.licence)),
        Row(wording.say("field.DATAPOINTS"), wording.number(account.datapoints)),
        Row(wording.say("field.EXPIRES_ON"), wording.date(account.expires_on)),
    ]
    if with_organisation:
        rows.insert(1, Row(wording.say("field.ORGANISATION"), term.organisation.name))
    return rows


def _item(term: Term, wording: Wording, *, link: str, note: str) -> Item:
    details = f"{term.account.client_name} · {wording.value('LICENCE', term.account.licence)}"
    return Item(term.account.name, link, details, wording.date(term.account.expires_on), note)


def _day_to_remember(term: Term, wording: Wording) -> DayToRemember:
    account = term.account
    return DayToRemember(
        uid=f"expiry-{account.id}-{account.expires_on.isoformat()}",
        day=account.expires_on,
        title=wording.say("reminder.event", account=account.name),
        link=f"{term.page}/renew",
    )


def _span(terms: Sequence[Term], wording: Wording) -> str:
    """The expiry date that all share, or the first and the last."""
    first, last = terms[0].account.expires_on, terms[-1].account.expires_on
    return wording.date(first) if first == last else f"{wording.date(first)} – {wording.date(last)}"


def _queue(term: Term) -> str:
    return term.renewal.link if term.renewal else f"{settings().origin}/queue"


def _asked(term: Term, wording: Wording) -> str:
    if term.renewal is None:
        return term.organisation.name
    day = wording.date(term.renewal.requested_at.date())
    return wording.say("waiting.by", requester=term.renewal.requester, organisation=term.organisation.name, date=day)
