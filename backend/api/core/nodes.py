"""The interface of every object that can be asked for again by its id."""

import strawberry

from backend.api.core.authorization import Audience, visible_to


@visible_to(Audience.PARENT)
@strawberry.interface(description="An object with a global id.")
class Node:
    @strawberry.field(description="Opaque and global.")
    def id(self) -> strawberry.ID:
        raise NotImplementedError
