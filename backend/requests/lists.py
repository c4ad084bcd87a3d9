"""Lists of change requests: what awaits Customer Success, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.identity.models import User
from backend.requests.change import RequestType
from backend.requests.models import ChangeRequest, RequestState
from backend.storage import keyset
from backend.storage.keyset import Order, Page, Where, containing

SOURCE = "change_request r"


class RequestOrderField(StrEnum):
    """What a list of requests may be sorted by."""

    REQUESTED_AT = "REQUESTED_AT"


@dataclass(frozen=True, slots=True)
class RequestList:
    """A list of the requests that a user may see; the caller has checked that the section is theirs."""

    viewer: User
    states: Sequence[RequestState]
    types: Sequence[RequestType] | None = None
    search: str | None = None

    async def page(self, order: Order, first: int, after: str | None) -> Page:
        """A page of it. Raises: BadInput."""
        return await keyset.page(SOURCE, "r.id", self._where(), order, first, after)

    async def count(self) -> int:
        """How many requests it has."""
        return await keyset.count(SOURCE, self._where())

    def _where(self) -> Where:
        where = Where()
        if self.viewer.organisation_id is not None:
            where.add("r.organisation_id = ?", self.viewer.organisation_id)
        if list(self.states) == [RequestState.PENDING]:
            # Spelled out, so that the partial index of the queue can serve it.
            where.add("r.state = 'PENDING'")
        else:
            where.add("r.state = ANY(?::text[])", [state.value for state in self.states])
        if self.types is not None:
            where.add("r.type = ANY(?::text[])", [type_.value for type_ in self.types])
        if self.search and self.search.strip():
            where.add("lower(r.account_name) LIKE lower(?)", containing(self.search.strip()))
        return where


def by_time(descending: bool) -> Order:
    """By the instant of filing."""
    return Order(RequestOrderField.REQUESTED_AT.value, "r.requested_at", "timestamptz", descending)


async def requests_in(page: Page) -> list[ChangeRequest]:
    """The requests of a page, in its order."""
    found = await ChangeRequest.in_bulk(page.ids, "id")
    return [found[request_id] for request_id in page.ids]
