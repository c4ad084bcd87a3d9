"""The ledger as Customer Success reads it: the newest lines first, of some states and kinds, or of some words."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.mail.models import Mail, MailKind, MailState
from backend.storage import keyset, searching
from backend.storage.keyset import Order, Page, Where
from backend.stored_enums import one_of

SOURCE = (
    "mail m JOIN person p ON p.id = m.recipient_id LEFT JOIN change_request r ON r.id = m.request_id"
    " LEFT JOIN account a ON a.id = coalesce(m.account_id, r.account_id)"
    " LEFT JOIN organisation o ON o.id = coalesce(a.organisation_id, r.organisation_id, p.organisation_id)"
)
"""PostgreSQL leaves out the tables that nothing is asked of."""

PERSON, REQUEST, ACCOUNT, ORGANISATION = (
    searching.PERSON.format(row="p"),
    searching.REQUEST.format(row="r"),
    searching.ACCOUNT.format(row="a"),
    searching.ORGANISATION.format(row="o"),
)

ROW_BY_ROW = f"({PERSON} OR {REQUEST} OR {ACCOUNT} OR {ORGANISATION})"

FOUND = f"""m.id IN (
    SELECT m.id FROM person p JOIN mail m ON m.recipient_id = p.id WHERE {PERSON}
    UNION ALL SELECT m.id FROM change_request r JOIN mail m ON m.request_id = r.id WHERE {REQUEST}
    UNION ALL SELECT m.id FROM account a JOIN mail m ON m.account_id = a.id WHERE {ACCOUNT}
    UNION ALL SELECT m.id FROM account a JOIN change_request r ON r.account_id = a.id JOIN mail m ON m.request_id = r.id
               WHERE m.account_id IS NULL AND {ACCOUNT}
    UNION ALL SELECT m.id FROM organisation o JOIN account a ON a.organisation_id = o.id
               JOIN mail m ON m.account_id = a.id WHERE {ORGANISATION}
    UNION ALL SELECT m.id FROM organisation o JOIN change_request r ON r.organisation_id = o.id
               JOIN mail m ON m.request_id = r.id WHERE m.account_id IS NULL AND {ORGANISATION}
    UNION ALL SELECT m.id FROM organisation o JOIN person p ON p.organisation_id = o.id
               JOIN mail m ON m.recipient_id = p.id
               WHERE m.account_id IS NULL AND m.request_id IS NULL AND {ORGANISATION}
)"""  # noqa: S608 - only our own text

NEWEST_FIRST = Order("created", "m.created_at", "timestamptz", descending=True)


@dataclass(frozen=True, slots=True)
class MailList:
    """A list of the ledger's lines; ``search`` is a part of a name: of the recipient (or of their address), of the
    account or its client, or of the organisation that the mail is about, else its recipient's.
    """

    states: Sequence[MailState] | None = None
    kinds: Sequence[MailKind] | None = None
    search: str | None = None

    async def page(self, first: int, after: str | None) -> Page[Mail]:
        """A page of it. Raises: BadInput."""
        if self._sought:
            # As in lists of requests: what many mails share is found soonest where the list begins.
            where = self._without_search()
            searching.add_condition(where, self._sought, ROW_BY_ROW, ROW_BY_ROW)
            page = await keyset.page(Mail, "m", SOURCE, where, NEWEST_FIRST, first, after, bounded_scan="true")
            if page.has_next:
                return page
        return await keyset.page(Mail, "m", SOURCE, self._where(), NEWEST_FIRST, first, after)

    async def count(self) -> int:
        """How many lines it has."""
        return await keyset.count(SOURCE, self._where())

    @property
    def _sought(self) -> str:
        """What is searched for, if anything."""
        return searching.text_of(self.search)

    def _where(self) -> Where:
        where = self._without_search()
        if self._sought:
            searching.add_condition(where, self._sought, FOUND, ROW_BY_ROW)
        return where

    def _without_search(self) -> Where:
        where = Where()
        if self.states is not None:
            condition, values = one_of("m.state", self.states)
            where.add(condition, values)
        if self.kinds is not None:
            condition, values = one_of("m.kind", self.kinds)
            where.add(condition, values)
        return where
