"""A mail as its recipient would read it now, in any language; nothing is sent."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from backend.accounts.models import Account
from backend.accounts.term import one_month_before, one_week_before
from backend.catalogue import Language, language_of
from backend.errors import CannotBeWritten, NotFound
from backend.identity.models import User
from backend.mail.content import Content
from backend.mail.content_by_kind import content_of
from backend.mail.models import Mail, MailKind, Milestone
from backend.mail.rendering import html_of, sender_of, text_of
from backend.mail.term_mails import reminder
from backend.mail.terms import read_terms
from backend.mail.wording import Wording
from backend.storage.rows import read_by_id

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail that is only looked at."""

    subject: str
    sender: str
    text: str
    html: str


async def preview_of(mail_id: int, language: Language | None = None) -> RenderedMail:
    """A line of the ledger as ``previews_of`` shows it. Raises: NotFound, CannotBeWritten."""
    (shown,) = await previews_of([mail_id], language)
    if isinstance(shown, Exception):
        raise shown
    return shown


async def previews_of(
    mail_ids: Sequence[int], language: Language | None = None
) -> list[RenderedMail | NotFound | CannotBeWritten]:
    """Lines of the ledger, each with those that share its mail; in their recipients' languages unless said.

    As many statements for many lines as for one. NotFound for one that is not there, and
    CannotBeWritten for one that cannot be rendered.
    The secret of a link to set a password is never shown.
    """
    mails = {mail.id: mail for mail in await Mail.filter(id__in=list(mail_ids))}
    sharing: dict[tuple[str | None, int], list[Mail]] = defaultdict(list)
    message_ids = [mail.message_id for mail in mails.values() if mail.message_id is not None]
    for line in await Mail.filter(message_id__in=message_ids).order_by("id") if message_ids else []:
        sharing[line.message_id, line.recipient_id].append(line)
    recipients = await read_by_id(User, list({mail.recipient_id for mail in mails.values()}))
    lines_of = {id_: sharing.get((mail.message_id, mail.recipient_id), [mail]) for id_, mail in mails.items()}
    accounts = {line.account_id for lines in lines_of.values() for line in lines if line.account_id is not None}
    terms = {term.account.id: term for term in await read_terms(list(accounts))}

    def shown(mail_id: int) -> RenderedMail | NotFound | CannotBeWritten:
        if mail_id not in mails:
            return NotFound()
        lines, recipient = lines_of[mail_id], recipients[mails[mail_id].recipient_id]
        if mails[mail_id].kind == MailKind.PASSWORD_RESET:
            for line in lines:
                line.facts = {}
        own = {line.account_id for line in lines}
        try:
            letter = content_of(lines, recipient, [term for id_, term in terms.items() if id_ in own], language)
            return _laid_out(letter, recipient.name, language or language_of(recipient.language))
        except Exception:
            log.exception("a mail cannot be written", mail=[line.id for line in lines])
            return CannotBeWritten()

    return [shown(mail_id) for mail_id in mail_ids]


async def preview_reminder(account: Account, milestone: Milestone, name: str, language: Language) -> RenderedMail:
    """The reminder that an account's SuperAdmins get at a milestone, as it will be if nothing changes until its day."""
    day = {
        Milestone.ONE_MONTH: one_month_before(account.expires_on),
        Milestone.ONE_WEEK: one_week_before(account.expires_on),
        Milestone.EXPIRY_DAY: account.expires_on,
    }[milestone]
    letter = reminder(await read_terms([account.id], on=day), milestone, Wording(language))
    return _laid_out(letter, name, language)


def _laid_out(letter: Content, name: str, language: Language) -> RenderedMail:
    wording = Wording(language)
    return RenderedMail(
        letter.subject, sender_of(letter), text_of(letter, name, wording), html_of(letter, name, wording)
    )
