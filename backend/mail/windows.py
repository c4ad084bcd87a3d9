"""What is worth sending, looked at again just before a mail goes out (mail.md, 3 and 5)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.accounts.models import Account
from backend.accounts.term import one_week_before
from backend.identity.models import Organisation, User
from backend.identity.permissions import Role
from backend.identity.reset import LINK_LIFE
from backend.mail.models import Mail, MailKind, MailState, Milestone, Reason
from backend.mail.planning import due_day
from backend.storage.database import fetch

NEWS_FOR = timedelta(days=3)
"""A mail about a request or a sign-in that could not be delivered for so long is not sent any more."""

LATE_IS_NEWS_FOR = timedelta(days=60)
"""Customer Success learns of a term that ended unannounced however long the mail host was away."""

TO_CUSTOMER_SUCCESS = {MailKind.REQUEST_FILED, MailKind.REMINDERS_LATE, MailKind.RENEWAL_WAITING}

IS_PENDING = "SELECT 1 FROM change_request WHERE id = $1 AND state = 'PENDING'"

Verdict = tuple[MailState, Reason]


async def verdict_against(mail: Mail, now: datetime) -> Verdict | None:
    """How the row ends instead of being sent; None while it is worth sending."""
    recipient = await User.get(id=mail.recipient_id)
    if not recipient.is_active:
        return MailState.CANCELLED, Reason.RECIPIENT_GONE
    if mail.kind in TO_CUSTOMER_SUCCESS and recipient.role != Role.CUSTOMER_SUCCESS:
        return MailState.CANCELLED, Reason.RECIPIENT_NOT_CONCERNED
    if mail.kind == MailKind.REQUEST_FILED and not await fetch(IS_PENDING, mail.request_id):
        return MailState.CANCELLED, Reason.DECIDED
    if mail.account_id is not None:
        return await _against_term(mail, await Account.get(id=mail.account_id), recipient, now)
    return _against_age(mail, now)


async def _against_term(mail: Mail, account: Account, recipient: User, now: datetime) -> Verdict | None:
    if account.expires_on != mail.expires_on:
        return MailState.CANCELLED, Reason.RENEWED
    match mail.kind:
        case MailKind.REMINDERS_LATE:
            return _against_age(mail, now)
        case MailKind.RENEWAL_WAITING:
            if not await fetch(IS_PENDING, mail.request_id):
                return MailState.CANCELLED, Reason.DECIDED
        case _:
            if recipient.role != Role.SUPER_ADMIN or recipient.organisation_id != account.organisation_id:
                return MailState.CANCELLED, Reason.RECIPIENT_NOT_CONCERNED
    return await _against_window(mail, account, now)


async def _against_window(mail: Mail, account: Account, now: datetime) -> Verdict | None:
    time_zone = (await Organisation.get(id=account.organisation_id)).time_zone
    if now.astimezone(ZoneInfo(time_zone)).date() > account.expires_on:
        return MailState.SKIPPED, Reason.LATE
    begun = due_day(time_zone, now)
    if mail.milestone == Milestone.ONE_MONTH and begun >= one_week_before(account.expires_on):
        return MailState.SKIPPED, Reason.SUPERSEDED
    if mail.milestone == Milestone.ONE_WEEK and begun >= account.expires_on:
        return MailState.SKIPPED, Reason.SUPERSEDED
    return None


def _against_age(mail: Mail, now: datetime) -> Verdict | None:
    news_for = {
        MailKind.REMINDERS_LATE: LATE_IS_NEWS_FOR,
        # Later than that, its link is dead.
        MailKind.PASSWORD_RESET: LINK_LIFE,
    }.get(MailKind(mail.kind), NEWS_FOR)
    return (MailState.FAILED, Reason.WINDOW_OVER) if now - (mail.again_at or mail.due_at) > news_for else None
