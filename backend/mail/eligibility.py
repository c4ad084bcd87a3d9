"""What is worth sending, looked at again just before a mail goes out (docs/mail.md, Eligibility)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from backend.accounts.models import Account
from backend.accounts.term import one_week_before
from backend.identity.models import Organisation, User
from backend.identity.password_reset import LINK_LIFE
from backend.identity.roles import Role
from backend.mail.models import Mail, MailKind, MailState, Milestone, Reason
from backend.mail.planning import due_day
from backend.storage.database import fetch
from backend.storage.rows import read_by_id

MAX_AGE = timedelta(days=3)
"""A mail about a request or a sign-in that could not be delivered for so long is not sent any more."""

LATE_NOTICE_MAX_AGE = timedelta(days=60)
"""Customer Success learns of a term that ended unannounced however long the mail host was away."""

TO_CUSTOMER_SUCCESS = {MailKind.REQUEST_FILED, MailKind.REMINDERS_LATE, MailKind.RENEWAL_WAITING}

ABOUT_PENDING = {MailKind.REQUEST_FILED, MailKind.RENEWAL_WAITING}

ARE_PENDING = "SELECT id FROM change_request WHERE id = ANY($1::bigint[]) AND state = 'PENDING'"

WhyNot = tuple[MailState, Reason]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is looked at: recipients, accounts and organisations by id, and the requests that are pending."""

    recipients: Mapping[int, User]
    accounts: Mapping[int, Account]
    organisations: Mapping[int, Organisation]
    pending: frozenset[int]


async def load_facts(mails: Sequence[Mail]) -> Facts:
    """What decides about some rows."""
    accounts = await read_by_id(Account, list({mail.account_id for mail in mails if mail.account_id is not None}))
    requests = [mail.request_id for mail in mails if mail.kind in ABOUT_PENDING]
    return Facts(
        await read_by_id(User, list({mail.recipient_id for mail in mails})),
        accounts,
        await read_by_id(Organisation, list({account.organisation_id for account in accounts.values()})),
        frozenset(row["id"] for row in await fetch(ARE_PENDING, requests)) if requests else frozenset(),
    )


def why_not_send(mails: Sequence[Mail], facts: Facts, now: datetime) -> list[WhyNot | None]:
    """How each row ends instead of being sent; None while it is worth sending."""
    return [_why_not(mail, facts, now) for mail in mails]


def _why_not(mail: Mail, facts: Facts, now: datetime) -> WhyNot | None:
    recipient = facts.recipients[mail.recipient_id]
    if not recipient.is_active:
        return MailState.CANCELLED, Reason.RECIPIENT_GONE
    if mail.kind in TO_CUSTOMER_SUCCESS and recipient.role != Role.CUSTOMER_SUCCESS:
        return MailState.CANCELLED, Reason.RECIPIENT_NOT_CONCERNED
    if mail.kind == MailKind.REQUEST_FILED and mail.request_id not in facts.pending:
        return MailState.CANCELLED, Reason.DECIDED
    if mail.account_id is not None:
        return _against_term(mail, facts.accounts[mail.account_id], recipient, facts, now)
    return _against_age(mail, now)


def _against_term(mail: Mail, account: Account, recipient: User, facts: Facts, now: datetime) -> WhyNot | None:
    if account.expires_on != mail.expires_on:
        return MailState.CANCELLED, Reason.RENEWED
    match mail.kind:
        case MailKind.REMINDERS_LATE:
            return _against_age(mail, now)
        case MailKind.RENEWAL_WAITING:
            if mail.request_id not in facts.pending:
                return MailState.CANCELLED, Reason.DECIDED
        case _:
            if recipient.role != Role.SUPER_ADMIN or recipient.organisation_id != account.organisation_id:
                return MailState.CANCELLED, Reason.RECIPIENT_NOT_CONCERNED
    return _against_window(mail, account, facts.organisations[account.organisation_id].time_zone, now)


def _against_window(mail: Mail, account: Account, time_zone: str, now: datetime) -> WhyNot | None:
    today, begun = _days(time_zone, now)
    if today > account.expires_on:
        return MailState.SKIPPED, Reason.LATE
    if mail.milestone == Milestone.ONE_MONTH and begun >= one_week_before(account.expires_on):
        return MailState.SKIPPED, Reason.SUPERSEDED
    if mail.milestone == Milestone.ONE_WEEK and begun >= account.expires_on:
        return MailState.SKIPPED, Reason.SUPERSEDED
    return None


@lru_cache(maxsize=64)
def _days(time_zone: str, now: datetime) -> tuple[date, date]:
    return now.astimezone(ZoneInfo(time_zone)).date(), due_day(time_zone, now)


def _against_age(mail: Mail, now: datetime) -> WhyNot | None:
    news_for = {
        MailKind.REMINDERS_LATE: LATE_NOTICE_MAX_AGE,
        # Later than that, its link is dead.
        MailKind.PASSWORD_RESET: LINK_LIFE,
    }.get(MailKind(mail.kind), MAX_AGE)
    return (MailState.FAILED, Reason.WINDOW_OVER) if now - (mail.again_at or mail.due_at) > news_for else None
