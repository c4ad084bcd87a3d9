"""The demo's mailbox: a folder of received messages, kept whole and read newest first."""

import email
import email.policy
import itertools
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Literal

from backend.private_files import FILE_MODE, empty_private_file, private_folder

NAME = re.compile(r"(\d{20})-\d+-\d+\.eml", re.ASCII)
"""When a message was received, in nanoseconds, and what tells it from others of the same instant."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A message in the mailbox; ``name`` is its file's, newest names sort last."""

    name: str
    at: datetime
    source: bytes
    message: EmailMessage

    def part(self, kind: Literal["plain", "html"]) -> str:
        """The text of one form of the body; empty where there is none."""
        body = self.message.get_body((kind,))
        if body is None:
            return ""
        try:
            return str(body.get_content())
        except (LookupError, ValueError):  # a charset that nobody knows
            return _bytes_of(body).decode(errors="replace")

    @property
    def attachments(self) -> list[Attachment]:
        """The attached files."""
        return [
            Attachment(part.get_filename() or part.get_content_type(), _bytes_of(part))
            for part in self.message.iter_attachments()
        ]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of received messages."""

    folder: Path

    def keep(self, content: bytes) -> None:
        """Store a message; it appears whole or not at all."""
        private_folder(self.folder)
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(_counter)}.eml"
        scratch = self.folder / f"{name}.part"
        empty_private_file(scratch).write_bytes(content)
        scratch.rename(self.folder / name)

    def close_to_others(self) -> None:
        """Take the folder and every message in it from other users."""
        for message in private_folder(self.folder).iterdir():
            message.chmod(FILE_MODE)

    def newest(self, query: str = "", limit: int = 200) -> list[Received]:
        """The newest messages whose subject, sender or recipient contains the query."""
        found = (message for message in self._newest_first() if _mentions(message.message, query))
        return list(itertools.islice(found, limit))

    def read(self, name: str) -> Received | None:
        """One message; None where there is none of that name."""
        named = NAME.fullmatch(name)
        if named is None or not (self.folder / name).is_file():
            return None
        source = (self.folder / name).read_bytes()
        message = email.message_from_bytes(source, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return Received(name, datetime.fromtimestamp(int(named[1]) / 1e9, UTC), source, message)

    def _newest_first(self) -> Iterator[Received]:
        for path in sorted(self.folder.glob("*.eml"), reverse=True):
            message = self.read(path.name)
            if message:
                yield message


def _mentions(message: EmailMessage, query: str) -> bool:
    heads = (str(message.get(name, "")) for name in ("subject", "from", "to"))
    return query.casefold() in " ".join(heads).casefold()


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else part.as_bytes()


_counter = itertools.count()
