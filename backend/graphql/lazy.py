"""The interface of requests, for the modules whose objects point to requests while requests point back to them."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from backend.requests import models

if TYPE_CHECKING:
    from backend.graphql.requests import ChangeRequest

LazyRequest = Annotated["ChangeRequest", strawberry.lazy("backend.graphql.requests")]


def request_of(model: models.ChangeRequest) -> "ChangeRequest":
    """A stored request as an object of its type."""
    from backend.graphql.requests import object_of

    return object_of(model)
