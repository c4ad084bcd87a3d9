"""How many requests wait, from what PostgreSQL keeps counted: no request is looked at."""

from collections.abc import Mapping

from backend.requests.change import RequestType
from backend.storage.database import fetch

COUNTS = "SELECT type, sum(requests)::bigint AS requests FROM queue_count WHERE {whose} GROUP BY type"


async def waiting(organisation_id: int | None) -> Mapping[RequestType, int]:
    """How many requests of each registered type wait in an organisation, or in all."""
    if organisation_id is None:
        rows = await fetch(COUNTS.format(whose="true"))
    else:
        rows = await fetch(COUNTS.format(whose="organisation_id = $1"), organisation_id)
    counted = {row["type"]: row["requests"] for row in rows}
    return {type_: counted.get(type_.value, 0) for type_ in RequestType}
