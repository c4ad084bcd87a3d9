"""A letter as a message: text and HTML, the same bytes for the same letter (docs/mail.md, Messages)."""

import base64
import hashlib
import re
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache, lru_cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from jinja2.ext import Extension

from backend import clock
from backend.catalogue import Language, language_of
from backend.identity.models import User
from backend.mail import calendar_file
from backend.mail.content import Content
from backend.mail.content_by_kind import content_of
from backend.mail.models import Mail
from backend.mail.terms import Term
from backend.mail.wording import Wording
from backend.settings import settings

CRLF = b"\r\n"

TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)

STAND_IN = re.compile(r"<!--tag(\d+)-->|tag(\d+)tag")

LONGEST_LINE = 78

PLAIN = re.compile(r"(?!.*=\?)[!-~]+(?: [!-~]+)*")
"""What a header holds as it is: visible ASCII with single blanks, nothing that looks encoded (RFC 2047)."""

PLAIN_MAILBOX = re.compile(
    r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)* <[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)+>"
)
"""A name and an address that need no quotes (RFC 5322, 3.4)."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """What goes over the line."""

    sender: str
    recipient: str
    message_id: str
    content: bytes


def render(lines: Sequence[Mail], recipient: User, terms: Sequence[Term]) -> OutgoingMail:
    """The mail of these lines as it is sent now, with the terms of their accounts."""
    letter = content_of(lines, recipient, terms)
    name = _digest("\n".join(map(_name_of, lines)))
    message_id = f"<{name}@{_domain_of(platform_sender())}>"
    content = lay_out(letter, recipient, message_id, clock.now(), language=language_of(recipient.language), seed=name)
    return OutgoingMail(sender_of(letter), recipient.email, message_id, content)


def stored_mail(line: Mail) -> OutgoingMail | None:
    """The mail of which this is the first line, byte for byte, if it may have been accepted before."""
    if not line.doubts or line.message is None:
        return None
    content = bytes(line.message)
    message = message_from_bytes(content, policy=SMTP)
    (sender,), (recipient,) = message["From"].addresses, message["To"].addresses
    return OutgoingMail(sender.addr_spec, recipient.addr_spec, str(message["Message-ID"]), content)


def _name_of(line: Mail) -> str:
    # What the calendar asks for is the same mail whenever it is planned. What tells of an event has its number in its
    # key, which is given once more after a backup was restored.
    return line.key if line.expires_on else f"{line.key} {line.created_at.astimezone(UTC).isoformat()}"


def lay_out(
    letter: Content, recipient: User, message_id: str, written_at: datetime, *, language: Language, seed: str
) -> bytes:
    """The letter's message; ``seed`` decides the boundaries of its parts."""
    wording = Wording(language)
    headers = [
        _header("Subject", one_line(letter.subject)),
        _header("From", sender_of(letter), name=wording.say("sender")),
        _header("To", recipient.email, name=one_line(recipient.name)),
        _header("Date", format_datetime(written_at)),
        _header("Message-ID", message_id),
        _header("Auto-Submitted", "auto-generated"),
        _header("MIME-Version", "1.0"),
        _header("Content-Language", str(language)),
    ]
    body = _multipart("alternative", f"=_{seed}_0", [
        _text("plain", text_of(letter, recipient.name, wording)),
        _text("html", html_of(letter, recipient.name, wording)),
    ])  # fmt: skip
    if letter.days:
        calendar = calendar_file.calendar_of(letter.days, _domain_of(platform_sender()), written_at)
        body = _multipart("mixed", f"=_{seed}_1", [body, _calendar(calendar)])
    return b"".join(headers) + body


def _header(field: str, value: str, *, name: str | None = None) -> bytes:
    """A header as the library writes it; ``name`` is whose address the value is."""
    plain, shape = (value, PLAIN) if name is None else (f"{name} <{value}>", PLAIN_MAILBOX)
    if len(field) + len(": ") + len(plain) <= LONGEST_LINE and shape.fullmatch(plain):
        return f"{field}: {plain}".encode() + CRLF
    return _header_by_library(field, value, name)


@lru_cache(maxsize=2000)
def _header_by_library(field: str, value: str, name: str | None) -> bytes:
    # Kept, since it takes longer than the letter: the addresses stand in many mails.
    message = EmailMessage(policy=SMTP)
    message[field] = value if name is None else Address(name, addr_spec=value)
    return message.as_bytes().removesuffix(CRLF)


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Headers and parts, laid out by hand: the library takes ten times as long for the same bytes."""
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"'.encode()
    line = b"--" + boundary.encode()
    return CRLF.join([head, b"", *(piece for part in parts for piece in (line, part)), line + b"--", b""])


def _text(subtype: str, text: str) -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"'.encode()
    lines = CRLF.join(text.encode().splitlines()) + CRLF
    return CRLF.join([head, b"Content-Transfer-Encoding: quoted-printable", b"", b2a_qp(lines)])


def _calendar(content: bytes) -> bytes:
    return CRLF.join([
        b'Content-Type: text/calendar; charset="utf-8"; method="PUBLISH"',
        b"Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{calendar_file.NAME}"'.encode(),
        b"",
        base64.encodebytes(content).replace(b"\n", CRLF),
    ])  # fmt: skip


def text_of(letter: Content, name: str, wording: Wording) -> str:
    """The letter as plain text."""
    return _template("letter.txt.j2").render(_values(letter, name, wording))


def html_of(letter: Content, name: str, wording: Wording) -> str:
    """The letter as a page for mail programs: styles inlined, no script, no image, nothing loaded."""
    return _template("letter.html.j2").render(_values(letter, name, wording))


def sender_of(letter: Content) -> str:
    """The platform's address, on the account's own domain where it has one."""
    local, _, domain = platform_sender().partition("@")
    return f"{local}@{letter.domain or domain}"


def platform_sender() -> str:
    """The sender of mails for accounts without a domain of their own."""
    return settings().mail_from


def one_line(text: str) -> str:
    """The text as a header may hold it."""
    return " ".join(text.split())


def _values(letter: Content, name: str, wording: Wording) -> dict[str, object]:
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
def _template(name: str) -> Template:
    return _templates().get_template(name)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("backend.mail", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        extensions=[StylesInLine],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class StylesInLine(Extension):
    """Puts the styles of a page in line when its template is read: for each mail that costs more than all the rest."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template with styles in line; its own tags pass as comments and words, which stay where they are."""
        if not (name or "").endswith(".html.j2"):
            return source
        tags = TAG.findall(source)
        numbers = iter(range(len(tags)))
        page = TAG.sub(
            lambda tag: ("<!--tag{}-->" if tag[0].startswith("{%") else "tag{}tag").format(next(numbers)), source
        )
        return STAND_IN.sub(lambda found: tags[int(found[1] or found[2])], _inliner().inline(page))


@cache
def _inliner() -> css_inline.CSSInliner:
    # Queries for dark and narrow screens cannot be inlined; they stay in the head.
    return css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
