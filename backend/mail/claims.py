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
    """Another sender has claimed the row since; nothing was written."""


@dataclass(slots=True)
class Claim:
    """The rows that one mail is sent for."""

    rows: list[Mail]
    versions: Mapping[int, str]
    """By row: the versions, when it was claimed, of the rows that decide whether it is sent."""
    facts: Facts
    """What these deciding rows said."""
    renewals: Mapping[int, PendingRenewal]
    """By account: the renewal that was pending."""
    marked: bool = False
    """Whether this try is marked: the host may have accepted it."""

    @property
    def doubts(self) -> int:
        """How often the mail may have been accepted before."""
        return self.rows[0].doubts

    @property
    def ids(self) -> list[int]:
        """The ids of the rows."""
        return [row.id for row in self.rows]

    def remove_rows(self, ended: Sequence[Mail]) -> None:
        """Remove rows that have ended, and the stored bytes, which mention them."""
        if ended:
            self.rows = [row for row in self.rows if row not in ended]
            for row in self.rows:
                row.message = None

    def mark(self, message: bytes, message_id: str) -> None:
        """Set the rows to what the mark in the ledger has set them to."""
        for row in self.rows:
            row.state, row.doubts = MailState.IN_DOUBT.value, row.doubts + 1
            row.message_id, row.message = message_id, None
        self.rows[0].message = message
        self.marked = True

    def undo_mark(self) -> None:
        """Count this try as not accepted; earlier doubts stay."""
        if self.marked:
            self.marked = False
            for row in self.rows:
                row.doubts -= 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a mail ends, or some of its rows."""

    rows: Sequence[Mail]
    state: MailState
    at: datetime
    reason: Reason | None = None
    reply: str = ""


def outcomes_of_ineligible(rows: Sequence[Mail], facts: Facts) -> list[Outcome]:
    """An outcome of its own for each row that is no longer worth sending."""
    now = clock.now()
    return [
        Outcome([row], state_if_unsent(row, why_not[0]), now, why_not[1])
        for row, why_not in zip(rows, why_not_send(rows, facts, now), strict=True)
        if why_not is not None
    ]


def rows_of(outcomes: Sequence[Outcome]) -> list[Mail]:
    """The rows of some outcomes."""
    return [row for outcome in outcomes for row in outcome.rows]


def state_if_unsent(row: Mail, state: MailState) -> MailState:
    """The state in which a row ends that is not sent: UNKNOWN if an earlier try may have been accepted."""
    return MailState.UNKNOWN if row.doubts else state
