"""An account's timeline as the API shows it."""

from datetime import datetime

import strawberry

from backend.accounts import changes, models
from backend.accounts.timeline import TimelineKind
from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Info
from backend.api.core.field_changes import FieldChangeType
from backend.api.core.field_resolvers import enum_field, key_field, model_field
from backend.api.core.nodes import LazyRequest, request_of
from backend.api.identity.types import Person, person

strawberry.enum(TimelineKind, description="What happened to a request.")


@visible_to(Audience.SECTION)
@strawberry.type(name="TimelineEvent", description="Something that happened to a request of an account.")
class TimelineEventType:
    model: strawberry.Private[models.TimelineEvent]

    id: strawberry.ID = strawberry.field(resolver=key_field("TimelineEvent"), description="Opaque and global.")

    kind: TimelineKind = strawberry.field(resolver=enum_field("kind", TimelineKind), description="What happened.")

    kind_name: str = strawberry.field(
        resolver=model_field("kind"), description="The same by name, also of what only a newer version knows."
    )

    at: datetime = strawberry.field(resolver=model_field("at"), description="When.")

    reason: str | None = strawberry.field(resolver=model_field("reason"), description="Why it was rejected.")

    @strawberry.field(description="Who did it.")
    async def by(self, info: Info) -> Person:
        return await person(self.model.by_id, info)

    @strawberry.field(description="The request.")
    async def request(self, info: Info) -> LazyRequest:
        return request_of(await info.context.loaders.request.load(self.model.request_id))

    @strawberry.field(description="What was asked for, or what was changed.")
    def changes(self) -> list[FieldChangeType]:
        return [FieldChangeType.of(changes.FieldChange.from_json(stored)) for stored in self.model.changes]
