"""A mail as its recipient would read it now, in any language; nothing is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from backend.accounts.models import Account
from backend.accounts.term import one_month_before, one_week_before
from backend.catalogue import Language
from backend.identity.models import User
from backend.mail.letter import Letter
from backend.mail.letters import letter_of
from backend.mail.models import Mail, MailKind, Milestone
from backend.mail.rendering import html_of, sender_of, text_of
from backend.mail.term_letters import reminder
from backend.mail.terms import read_terms
from backend.mail.wording import Wording
from backend.problems import CannotBeWritten, NotFound

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail that is only looked at."""

    subject: str
    sender: str
    text: str
    html: str


async def preview_of(mail_id: int, language: Language | None = None) -> Preview:
    """A line of the ledger, with those that share its mail; in its recipient's language unless said.

    Raises: NotFound, CannotBeWritten. The secret of a link to set a password is never shown.
    """
    mail = await Mail.filter(id=mail_id).first()
    if mail is None:
        raise NotFound
    if mail.kind == MailKind.PASSWORD_RESET:
        mail.facts = {}
    recipient = await User.get(id=mail.recipient_id)
    lines = await _sharing(mail)
    terms = await read_terms([line.account_id for line in lines if line.account_id is not None])
    try:
        letter = letter_of(lines, recipient, terms, language)
        return _laid_out(letter, recipient.name, language or Language(recipient.language))
    except Exception as error:
        log.exception("a mail cannot be written", mail=[line.id for line in lines])
        raise CannotBeWritten from error


async def preview_reminder(account: Account, milestone: Milestone, name: str, language: Language) -> Preview:
    """The reminder that an account's SuperAdmins get at a milestone, as it will be if nothing changes until its day."""
    day = {
        Milestone.ONE_MONTH: one_month_before(account.expires_on),
        Milestone.ONE_WEEK: one_week_before(account.expires_on),
        Milestone.EXPIRY_DAY: account.expires_on,
    }[milestone]
    letter = reminder(await read_terms([account.id], on=day), milestone, Wording(language))
    return _laid_out(letter, name, language)


async def _sharing(mail: Mail) -> Sequence[Mail]:
    if mail.message_id is None:
        return [mail]
    return await Mail.filter(message_id=mail.message_id, recipient_id=mail.recipient_id).order_by("id")


def _laid_out(letter: Letter, name: str, language: Language) -> Preview:
    wording = Wording(language)
    return Preview(letter.subject, sender_of(letter), text_of(letter, name, wording), html_of(letter, name, wording))
