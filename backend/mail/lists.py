"""The ledger as Customer Success reads it: the newest lines first, of some states and kinds, or of one person."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.mail.models import Mail, MailKind, MailState
from backend.storage import keyset
from backend.storage.keyset import Order, Page, Where, containing

SOURCE = "mail m JOIN person p ON p.id = m.recipient_id"

NEWEST_FIRST = Order("created", "m.created_at", "timestamptz", descending=True)


@dataclass(frozen=True, slots=True)
class MailList:
    """A list of the ledger's lines; ``search`` is a part of a recipient's name or address."""

    states: Sequence[MailState] | None = None
    kinds: Sequence[MailKind] | None = None
    search: str | None = None

    async def page(self, first: int, after: str | None) -> Page[Mail]:
        """A page of it. Raises: BadInput."""
        return await keyset.page(Mail, "m", SOURCE, self._where(), NEWEST_FIRST, first, after)

    async def count(self) -> int:
        """How many lines it has."""
        return await keyset.count(SOURCE, self._where())

    def _where(self) -> Where:
        where = Where()
        if self.states is not None:
            where.add("m.state = ANY(?::text[])", [state.value for state in self.states])
        if self.kinds is not None:
            where.add("m.kind = ANY(?::text[])", [kind.value for kind in self.kinds])
        if self.search:
            where.add("lower(p.name || ' ' || p.email) LIKE lower(?)", containing(self.search))
        return where
