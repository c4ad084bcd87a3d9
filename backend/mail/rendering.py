"""A letter as a message: text and HTML, the same bytes for the same letter (mail.md, What a person gets)."""

import hashlib
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from backend import clock
from backend.catalogue import Language
from backend.identity.models import User
from backend.mail.letters import Letter, letter_of
from backend.mail.models import Mail
from backend.mail.wording import Wording
from backend.settings import settings


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """What goes over the line."""

    sender: str
    recipient: str
    message_id: str
    content: bytes


async def write(mail: Mail) -> WrittenMail:
    """The mail as it is sent now; one that may have been accepted before is sent again byte for byte."""
    recipient = await User.get(id=mail.recipient_id)
    letter = await letter_of(mail, recipient)
    sender = sender_of(letter)
    message_id = f"<{_digest(mail.key)}@{settings().mail_from.partition('@')[2]}>"
    if mail.doubts and mail.message is not None:
        return WrittenMail(sender, recipient.email, message_id, bytes(mail.message))
    content = lay_out(letter, recipient, sender, message_id, seed=mail.key)
    return WrittenMail(sender, recipient.email, message_id, content)


def lay_out(letter: Letter, recipient: User, sender: str, message_id: str, *, seed: str) -> bytes:
    """The letter's message; ``seed`` decides the boundary of its parts."""
    wording = Wording(Language(recipient.language))
    values = {
        "letter": letter,
        "greeting": wording.say("greeting", name=recipient.name),
        "footer": wording.say("footer"),
        "sender": wording.say("sender"),
        "colon": wording.say("colon"),
        "language": recipient.language,
    }
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _one_line(letter.subject)
    message["From"] = Address(wording.say("sender"), addr_spec=sender)
    message["To"] = Address(_one_line(recipient.name), addr_spec=recipient.email)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_templates().get_template("letter.txt.j2").render(values))
    html = _inliner().inline(_templates().get_template("letter.html.j2").render(values))
    message.add_alternative(html, subtype="html")
    # Only now: a message that becomes multipart hands its Content- headers to its first part.
    message["Content-Language"] = recipient.language
    message.set_boundary(f"=_{_digest(seed)}")
    return message.as_bytes()


def sender_of(letter: Letter) -> str:
    """The platform's address, on the account's own domain where it has one."""
    local, _, domain = settings().mail_from.partition("@")
    return f"{local}@{letter.domain or domain}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("backend.mail", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    # Queries for dark and narrow screens cannot be inlined; they stay in the head.
    return css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
