"""The queries that are of no one room: who asks and from where, the catalogue, any object by its id."""

import strawberry

from backend import global_ids
from backend.api.catalogue import Catalogue, resolve_catalogue
from backend.api.core.authorization import IN_SECTION, Anybody, SignedIn
from backend.api.core.context import Info
from backend.api.core.nodes import NODE_TYPES, Node
from backend.api.identity.demo import Demo, resolve_demo
from backend.api.identity.devices import DeviceType, resolve_devices
from backend.api.identity.types import Viewer, resolve_viewer
from backend.errors import BadInput


@strawberry.type
class CommonQueries:
    viewer: Viewer | None = strawberry.field(
        resolver=resolve_viewer, extensions=[Anybody()], description="Who is signed in; null for nobody."
    )
    demo: Demo | None = strawberry.field(
        resolver=resolve_demo, extensions=[Anybody()], description="Present in the demo only."
    )
    catalogue: Catalogue = strawberry.field(
        resolver=resolve_catalogue, extensions=[SignedIn()], description="Licences, sectors, countries and bounds."
    )

    devices: list[DeviceType] = strawberry.field(
        resolver=resolve_devices,
        extensions=[SignedIn()],
        description="Where the viewer is signed in, latest used first.",
    )

    @strawberry.field(extensions=[IN_SECTION], description="An account or a request by its id.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        type_name, key = global_ids.parts_of(id)
        if type_name not in NODE_TYPES:
            raise BadInput
        return await NODE_TYPES[type_name].load(key, info)
