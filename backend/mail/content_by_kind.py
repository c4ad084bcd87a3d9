"""Which letter each kind of mail is."""

from collections.abc import Sequence

from backend.catalogue import Language, language_of
from backend.identity.models import User
from backend.mail import request_mails, sign_in_mails, term_mails
from backend.mail.content import Content
from backend.mail.models import Mail, MailKind, Milestone
from backend.mail.terms import Term
from backend.mail.wording import Wording


def content_of(
    lines: Sequence[Mail], recipient: User, terms: Sequence[Term], language: Language | None = None
) -> Content:
    """What the lines of one mail say to their recipient; in a language that is not theirs only to preview it.

    The terms are those of the accounts that the lines are about.
    """
    mail = lines[0]
    wording = Wording(language or language_of(recipient.language))
    match mail.kind:
        case MailKind.REMINDER:
            return term_mails.reminder(terms, Milestone(str(mail.milestone)), wording)
        case MailKind.RENEWAL_WAITING:
            return term_mails.renewal_waiting(terms, wording)
        case MailKind.REMINDERS_LATE:
            return term_mails.reminders_late(terms, wording)
        case MailKind.REQUEST_FILED:
            return request_mails.filed(mail.facts, wording)
        case MailKind.REQUEST_DECIDED:
            return request_mails.decided(mail.facts, wording)
        case MailKind.PASSWORD_RESET:
            return sign_in_mails.password_reset(mail.facts, wording)
        case MailKind.NEW_SIGN_IN:
            return sign_in_mails.new_sign_in(mail.facts, recipient.time_zone, wording)
        case MailKind.CREDENTIALS_CHANGED:
            return sign_in_mails.credentials_changed(mail.facts, recipient.time_zone, wording)
    raise ValueError(f"a mail of kind {mail.kind} has no letter")
