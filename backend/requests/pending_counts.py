"""How many requests wait, from what PostgreSQL keeps counted: no request is looked at."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.identity.scope import Scope
from backend.requests.change import RequestType
from backend.storage.database import fetch
from backend.storage.keyset import Where

COUNTS = "SELECT type, sum(requests)::bigint AS n FROM queue_count WHERE {whose} GROUP BY type"


async def waiting(scope: Scope) -> Mapping[str, int]:
    """How many requests of each type wait in a scope."""
    whose = Where()
    whose.add(*scope.sql("organisation_id"))
    return of_each_type(await fetch(COUNTS.format(whose=whose), *whose.values))


def of_each_type(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    """Every known type with its number ``n``, 0 for those that no row tells of; then others that have any, by name."""
    counted = {row["type"]: row["n"] for row in rows if row["n"]}
    known = [type_.value for type_ in RequestType.known()]
    return {type_: counted.get(type_, 0) for type_ in [*known, *sorted(counted.keys() - set(known))]}
