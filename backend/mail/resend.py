"""A mail that failed, or that nobody knows of whether it arrived, is sent again because somebody says so."""

from backend import clock
from backend.errors import Code, NotFound, Refused
from backend.identity.audit import Act, record_on_user
from backend.identity.models import User
from backend.mail.models import Mail, MailKind, MailState
from backend.storage.database import transaction

MAY_BE_SENT_AGAIN = {MailState.FAILED, MailState.UNKNOWN}


def refusal_to_send_again(mail: Mail) -> Code | None:
    """Why a mail cannot be sent again; None when it can.

    One of a kind that only a newer version knows may be a secret.
    """
    if MailState(mail.state) is MailState.OTHER or MailKind(mail.kind) is MailKind.OTHER:
        return Code.NEWER_VERSION
    if MailState(mail.state) not in MAY_BE_SENT_AGAIN:
        return Code.MAIL_NOT_FAILED
    # Its secret has left the ledger; whoever still needs the link asks for another.
    return Code.MAIL_IS_A_SECRET if mail.kind == MailKind.PASSWORD_RESET else None


async def send_again(mail_id: int, *, by: User) -> Mail:
    """Open a mail's line once more; it goes out if it is still worth sending. Raises: NotFound, Refused.

    One that may have arrived before keeps its Message-ID, and can only end as sent maybe twice.
    """
    async with transaction():
        mail = await Mail.filter(id=mail_id).select_for_update().first()
        if mail is None:
            raise NotFound
        refused = refusal_to_send_again(mail)
        if refused is not None:
            raise Refused.because(refused, "id")
        mail.doubts = 1 if mail.state == MailState.UNKNOWN else 0
        mail.state = (MailState.IN_DOUBT if mail.doubts else MailState.WAITING).value
        mail.reason, mail.ended_at, mail.failures, mail.message = None, None, 0, None
        mail.next_at = mail.again_at = clock.now()
        mail.again_by_id, mail.digest = by.id, None
        await mail.save()
        recipient = await User.get(id=mail.recipient_id)
        await record_on_user(Act.MAIL_SENT_AGAIN, recipient, by=by, kind=mail.kind, mail=mail.id)
    return mail
