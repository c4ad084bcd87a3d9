"""A letter as a message: text and HTML, the same bytes for the same letter (mail.md, What a person gets)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
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
from backend.mail import calendar_file
from backend.mail.letter import Letter
from backend.mail.letters import letter_of
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


async def write(lines: Sequence[Mail]) -> WrittenMail:
    """The mail of these lines as it is sent now; one that may have been accepted before is sent again byte for byte."""
    first = lines[0]
    if first.doubts and first.message is not None:
        return _written_before(bytes(first.message))
    recipient = await User.get(id=first.recipient_id)
    letter = await letter_of(lines, recipient)
    name = _digest("\n".join(line.key for line in lines))
    message_id = f"<{name}@{_domain_of(platform_sender())}>"
    content = lay_out(letter, recipient, message_id, clock.now(), language=Language(recipient.language), seed=name)
    return WrittenMail(sender_of(letter), recipient.email, message_id, content)


def lay_out(
    letter: Letter, recipient: User, message_id: str, written_at: datetime, *, language: Language, seed: str
) -> bytes:
    """The letter's message; ``seed`` decides the boundaries of its parts."""
    wording = Wording(language)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(letter.subject)
    message["From"] = Address(wording.say("sender"), addr_spec=sender_of(letter))
    message["To"] = Address(one_line(recipient.name), addr_spec=recipient.email)
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text_of(letter, recipient.name, wording))
    message.add_alternative(html_of(letter, recipient.name, wording), subtype="html")
    if letter.days:
        calendar = calendar_file.calendar_of(letter.days, _domain_of(platform_sender()), written_at)
        message.add_attachment(
            calendar, subtype="calendar", filename=calendar_file.NAME, params={"method": "PUBLISH"}, cte="base64"
        )
    # Only now: a message that becomes multipart hands its Content- headers to its first part.
    message["Content-Language"] = str(language)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{seed}_{number}")
    return message.as_bytes()


def text_of(letter: Letter, name: str, wording: Wording) -> str:
    """The letter as plain text."""
    return _templates().get_template("letter.txt.j2").render(_values(letter, name, wording))


def html_of(letter: Letter, name: str, wording: Wording) -> str:
    """The letter as a page for mail programs: styles inlined, no script, no image, nothing loaded."""
    return _inliner().inline(_templates().get_template("letter.html.j2").render(_values(letter, name, wording)))


def sender_of(letter: Letter) -> str:
    """The platform's address, on the account's own domain where it has one."""
    local, _, domain = platform_sender().partition("@")
    return f"{local}@{letter.domain or domain}"


def platform_sender() -> str:
    """The sender of mails for accounts without a domain of their own."""
    return settings().mail_from


def one_line(text: str) -> str:
    """The text as a header may hold it."""
    return " ".join(text.split())


def _written_before(content: bytes) -> WrittenMail:
    message = message_from_bytes(content, policy=SMTP)
    (sender,), (recipient,) = message["From"].addresses, message["To"].addresses
    return WrittenMail(sender.addr_spec, recipient.addr_spec, str(message["Message-ID"]), content)


def _values(letter: Letter, name: str, wording: Wording) -> dict[str, object]:
    return {
        "letter": letter,
        "greeting": wording.say("greeting", name=name),
        "footer": wording.say("footer"),
        "sender": wording.say("sender"),
        "colon": wording.say("colon"),
        "language": str(wording.language),
    }


def _domain_of(address: str) -> str:
    return address.partition("@")[2]


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
