"""What is worth sending, looked at again just before a mail goes out (mail.md, 3 and 5)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.accounts.models import Account
from backend.accounts.term import one_week_before
from backend.identity.models import Organisation, User
from backend.identity.permissions import Role
from backend.mail.models import Mail, MailKind, MailState, Milestone
from backend.mail.planning import due_day

NOTICE_IS_NEWS_FOR = timedelta(days=3)
"""A mail about a request, or a link, that could not be delivered for so long is not sent any more."""

Verdict = tuple[MailState, str]


async def verdict_against(mail: Mail, now: datetime) -> Verdict | None:
    """How the row ends instead of being sent; None while it is worth sending."""
    recipient = await User.get(id=mail.recipient_id)
    if not recipient.is_active:
        return MailState.CANCELLED, "recipient_gone"
    if mail.kind == MailKind.REMINDER:
        return await _against_reminder(mail, recipient, now)
    if mail.kind == MailKind.REQUEST_FILED and recipient.role != Role.CUSTOMER_SUCCESS:
        return MailState.CANCELLED, "recipient_not_concerned"
    if now - mail.due_at > NOTICE_IS_NEWS_FOR:
        return MailState.FAILED, "window_over"
    return None


async def _against_reminder(mail: Mail, recipient: User, now: datetime) -> Verdict | None:
    account = await Account.get(id=mail.account_id)
    if recipient.role != Role.SUPER_ADMIN or recipient.organisation_id != account.organisation_id:
        return MailState.CANCELLED, "recipient_not_concerned"
    if account.expires_on != mail.expires_on:
        return MailState.CANCELLED, "renewed"
    time_zone = (await Organisation.get(id=account.organisation_id)).time_zone
    if now.astimezone(ZoneInfo(time_zone)).date() > account.expires_on:
        return MailState.SKIPPED, "late"
    begun = due_day(time_zone, now)
    if mail.milestone == Milestone.ONE_MONTH and begun >= one_week_before(account.expires_on):
        return MailState.SKIPPED, "superseded"
    if mail.milestone == Milestone.ONE_WEEK and begun >= account.expires_on:
        return MailState.SKIPPED, "superseded"
    return None
