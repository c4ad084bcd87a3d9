"""A claim of one sender on the rows of one mail, and the outcome that ends them (docs/mail.md, Claims).

Changes objects only: the ledger itself is written by ``lease.py``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend import clock
from backend.mail.eligibility import Facts, why_not_send
from backend.mail.models import Mail, MailState, Reason
from backend.mail.terms import PendingRenewal


class ClaimLost(Exception):
    """Somebody else has the line now: stop."""


@dataclass(slots=True)
class Claim:
    """The lines that one mail answers for."""

    lines: list[Mail]
    seen: Mapping[int, str]
    """For each line, the versions of the rows that decide about it, as they were when it was claimed."""
    facts: Facts
    """What these rows said."""
    renewals: Mapping[int, PendingRenewal]
    """By account; those that awaited a decision."""
    marked: bool = False
    """Whether this try may have been accepted."""

    @property
    def doubts(self) -> int:
        """How often the mail may have been accepted before."""
        return self.lines[0].doubts

    @property
    def names(self) -> list[int]:
        """The ids of the lines, for the log."""
        return [line.id for line in self.lines]

    def drop(self, ended: Sequence[Mail]) -> None:
        """Go on without lines that have ended; bytes that speak of them are not sent again."""
        if ended:
            self.lines = [line for line in self.lines if line not in ended]
            for line in self.lines:
                line.message = None

    def mark(self, message: bytes, message_id: str) -> None:
        """Know that the bytes may be accepted from here on, as the ledger does."""
        for line in self.lines:
            line.state, line.doubts = MailState.IN_DOUBT.value, line.doubts + 1
            line.message_id, line.message = message_id, None
        self.lines[0].message = message
        self.marked = True

    def take_back_mark(self) -> None:
        """The host has certainly not accepted this try; what was in doubt before it stays so."""
        if self.marked:
            self.marked = False
            for line in self.lines:
                line.doubts -= 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail, or of some of its lines."""

    lines: Sequence[Mail]
    state: MailState
    at: datetime
    reason: Reason | None = None
    reply: str = ""


def not_worth_sending(lines: Sequence[Mail], facts: Facts) -> list[Outcome]:
    """How those of some lines end, each by itself, that are not worth sending any more."""
    now = clock.now()
    return [
        Outcome([line], unsent(line, verdict[0]), now, verdict[1])
        for line, verdict in zip(lines, why_not_send(lines, facts, now), strict=True)
        if verdict is not None
    ]


def lines_of(outcomes: Sequence[Outcome]) -> list[Mail]:
    """The lines that have ended by these."""
    return [line for outcome in outcomes for line in outcome.lines]


def unsent(line: Mail, state: MailState) -> MailState:
    """How a line ends that is not sent now: an earlier try may have been accepted, and then nobody knows."""
    return MailState.UNKNOWN if line.doubts else state
