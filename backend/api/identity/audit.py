"""The audit log as the API shows it."""

import json
from datetime import datetime

import strawberry

from backend.api.core.authorization import Audience, Requires, visible_to
from backend.api.core.connections import Connection, connection
from backend.api.core.context import Info
from backend.api.core.nodes import LazyRequest, request_of
from backend.api.identity.types import Person, person
from backend.global_ids import global_id
from backend.identity import models
from backend.identity.audit import Act, AuditLog
from backend.identity.roles import Permission
from backend.identity.scope import Scope

strawberry.enum(Act, name="AuditAct", description="A privileged act.")


@visible_to(Audience.PARENT)
@strawberry.type(description="A particular of an act.")
class AuditFact:
    name: str = strawberry.field(description="What it is, such as ``device`` or ``role``.")
    value: str = strawberry.field(description="As text.")


@visible_to(Audience.SECTION)
@strawberry.type(name="AuditEntry", description="A line of the audit log; nobody can change or remove it.")
class AuditEntryType:
    model: strawberry.Private[models.AuditEntry]

    @strawberry.field(description="Opaque and global.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("AuditEntry", self.model.id))

    @strawberry.field(description="When.")
    def at(self) -> datetime:
        return self.model.at

    @strawberry.field(description="What was done.")
    def act(self) -> Act:
        return Act(self.model.act)

    @strawberry.field(description="The same by name, also of an act that only a newer version knows.")
    def act_name(self) -> str:
        return self.model.act

    @strawberry.field(
        description="Who did it; null for the command line, and where somebody asked for a link to set a password."
    )
    async def by(self, info: Info) -> Person | None:
        return None if self.model.by_id is None else await person(self.model.by_id, info)

    @strawberry.field(description="To whom or what, by name.")
    def subject(self) -> str:
        return self.model.subject

    @strawberry.field(
        description="The network address of who did it; null for the command line, and for all but Customer Success."
    )
    def address(self, info: Info) -> str | None:
        # The homes of colleagues are none of an organisation's business.
        return self.model.address if Scope.of(info.context.viewer).is_everything else None

    @strawberry.field(description="The request that was filed or decided; null for other acts.")
    async def request(self, info: Info) -> LazyRequest | None:
        request_id: int | None = self.model.facts.get("request")
        return None if request_id is None else request_of(await info.context.loaders.request.load(request_id))

    @strawberry.field(description="Its particulars.")
    def facts(self) -> list[AuditFact]:
        return [
            AuditFact(name=name, value=value if isinstance(value, str) else json.dumps(value))
            for name, value in self.model.facts.items()
        ]


@strawberry.type
class AuditQueries:
    @strawberry.field(
        extensions=[Requires(Permission.READ_AUDIT_LOG)],
        description="What was done in the viewer's organisation, newest first; everywhere, for Customer Success.",
    )
    async def audit_log(
        self, info: Info, acts: list[Act] | None = None, first: int = 50, after: str | None = None
    ) -> Connection[AuditEntryType]:
        log = AuditLog(info.context.viewer, acts)
        page = await log.page(first, after)
        return connection(page, lambda model: AuditEntryType(model=model), log.count)
