"""The audit log: each privileged act is recorded in its own transaction, and never changed or removed.

The database refuses to update, delete or truncate its entries. An organisation reads those that concern it; Customer
Success reads all, with the network address of each.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from backend import clock
from backend.identity.models import AuditEntry, User
from backend.identity.roles import Permission, require
from backend.identity.scope import Scope
from backend.storage import keyset
from backend.storage.batch import Statement, execute_together
from backend.storage.keyset import Order, Page, Where
from backend.stored_enums import StoredEnum, one_of


class Act(StoredEnum):
    """A privileged act, as the column ``act`` holds it."""

    REQUEST_FILED = "REQUEST_FILED"
    """A request was filed."""
    REQUEST_APPROVED = "REQUEST_APPROVED"
    """A request was applied to its account."""
    REQUEST_REJECTED = "REQUEST_REJECTED"
    """A request was turned down."""
    REQUEST_WITHDRAWN = "REQUEST_WITHDRAWN"
    """A request was taken back."""
    SIGNED_IN = "SIGNED_IN"
    """Somebody signed in."""
    SIGNED_OUT = "SIGNED_OUT"
    """A session ended before its time."""
    SIGNED_OUT_EVERYWHERE = "SIGNED_OUT_EVERYWHERE"
    """Every session of somebody was ended for them."""
    PASSWORD_SET = "PASSWORD_SET"
    """A password was replaced."""
    PASSWORD_RESET_ASKED = "PASSWORD_RESET_ASKED"
    """A link to set a new password was asked for."""
    USER_ADDED = "USER_ADDED"
    """Somebody was given a way in."""
    USER_CLOSED = "USER_CLOSED"
    """Somebody is let in no more."""
    USER_REOPENED = "USER_REOPENED"
    """Somebody who was closed is let in again."""
    ORGANISATION_ADDED = "ORGANISATION_ADDED"
    """An organisation was opened."""
    MAIL_SENT_AGAIN = "MAIL_SENT_AGAIN"
    """A mail that failed was sent again."""
    SECOND_FACTOR_SET = "SECOND_FACTOR_SET"
    """Codes are asked for at sign-in from here on."""
    SECOND_FACTOR_REMOVED = "SECOND_FACTOR_REMOVED"
    """Codes are not asked for any more."""
    RECOVERY_CODES_RENEWED = "RECOVERY_CODES_RENEWED"
    """Other recovery codes took the place of those before."""
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    """A recovery code stood in for the app."""
    REFRESH_TOKEN_REUSED = "REFRESH_TOKEN_REUSED"
    """A phone's refresh token was used twice, which ended its session."""
    BACKUP_RESTORED = "BACKUP_RESTORED"
    """A backup took the place of all data."""
    OTHER = "OTHER"
    """One that only a newer version knows."""


MAX_ADDRESS_LENGTH = 64

_address: ContextVar[str | None] = ContextVar("address of the client at hand", default=None)


@contextmanager
def acting_from(address: str) -> Iterator[None]:
    """Entries that the block records have this network address, cut to MAX_ADDRESS_LENGTH characters."""
    before = _address.set(address[:MAX_ADDRESS_LENGTH] or None)
    try:
        yield
    finally:
        _address.reset(before)


LINE = """
INSERT INTO audit_entry (at, act, by_id, organisation_id, subject, address, facts) VALUES (?, ?, ?, ?, ?, ?, ?::jsonb)
"""


def line(
    act: Act, *, by: User | None, organisation_id: int | None, subject: str, **facts: str | int | None
) -> Statement:
    """The statement that records an act on a subject, to run in the transaction of the act.

    ``by`` is None for the command line. ``subject`` is a readable name. Facts must hold no secret and no password.
    """
    actor = by.id if by else None
    return Statement(LINE, (clock.now(), act.value, actor, organisation_id, subject, _address.get(), json.dumps(facts)))


async def record(
    act: Act, *, by: User | None, organisation_id: int | None, subject: str, **facts: str | int | None
) -> None:
    """Record an act on a subject, in the transaction of the act; arguments as of ``line``."""
    await execute_together(line(act, by=by, organisation_id=organisation_id, subject=subject, **facts))


async def record_on_user(act: Act, user: User, *, by: User | None, **facts: str | int | None) -> None:
    """Record an act on or by this user: an entry of their organisation, whose subject is their e-mail address."""
    await record(act, by=by, organisation_id=user.organisation_id, subject=user.email, **facts)


async def latest(count: int, organisation: str | None = None) -> list[AuditEntry]:
    """The latest entries, newest first, with who acted: of all, or of the organisation with this name."""
    entries = AuditEntry.all() if organisation is None else AuditEntry.filter(organisation__name=organisation)
    return await entries.order_by("-at", "-id").limit(count).prefetch_related("by")


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The entries that a user may read, newest first; of some acts only, if any are given."""

    viewer: User
    acts: Sequence[Act] | None = None

    async def page(self, first: int, after: str | None) -> Page[AuditEntry]:
        """A page of the entries. Raises: Forbidden, BadInput."""
        return await keyset.page(AuditEntry, "e", SOURCE, self._where(), NEWEST_FIRST, first, after)

    async def count(self) -> int:
        """The number of entries. Raises: Forbidden."""
        return await keyset.count(SOURCE, self._where())

    def _where(self) -> Where:
        require(self.viewer, Permission.READ_AUDIT_LOG)
        where = Where()
        where.add(*Scope.of(self.viewer).sql("e.organisation_id"))
        if self.acts is not None and len(self.acts) == 1 and self.acts[0] is not Act.OTHER:
            # Not as a list of one, for which PostgreSQL would sort the rows.
            where.add("e.act = ?", self.acts[0].value)
        elif self.acts is not None:
            condition, values = one_of("e.act", self.acts)
            where.add(condition, values)
        return where


SOURCE = "audit_entry e"

NEWEST_FIRST = Order("AT", "e.at", "timestamptz", descending=True)
