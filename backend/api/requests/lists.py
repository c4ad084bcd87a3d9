"""How a list of requests is narrowed, and what it counts."""

import strawberry

from backend.api.core.authorization import Audience, visible_to
from backend.requests import lists
from backend.requests.change import RequestType


@strawberry.input(
    name="RequestFilter", description="What the requests of a list have in common; what is left out is no condition."
)
class RequestFilterInput:
    client_name: str | None = strawberry.field(
        default=None, description="For exactly this client, whatever the case: the account's, or the one asked for."
    )
    licences: list[str] | None = strawberry.field(
        default=None, description="One of these codes is the account's licence, or the one asked for."
    )
    min_datapoints: int | None = strawberry.field(
        default=None, description="Adding, releasing or opening with at least so many datapoints."
    )
    filed_days_ago: int | None = strawberry.field(default=None, description="Filed so many days ago, or earlier.")
    decided_within_days: int | None = strawberry.field(
        default=None, description="Decided or withdrawn within so many days."
    )


@visible_to(Audience.PARENT)
@strawberry.type(description="How many requests of a type a list has.")
class RequestTypeCount:
    type: RequestType = strawberry.field(description="What is asked for.")
    type_name: str = strawberry.field(
        description="The same by name; types that only a newer version knows are counted one by one."
    )
    count: int = strawberry.field(description="How many.")


def conditions_of(filter: RequestFilterInput | None) -> lists.RequestFilter:
    """As the room of requests takes them. Raises: BadInput (days beyond any calendar)."""
    if filter is None:
        return lists.RequestFilter()
    return lists.RequestFilter(
        client_name=filter.client_name,
        licences=filter.licences,
        min_datapoints=filter.min_datapoints,
        filed_days_ago=filter.filed_days_ago,
        decided_within_days=filter.decided_within_days,
    )
