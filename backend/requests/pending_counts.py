"""Counts of pending requests, from a table that triggers maintain: no request is read."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.identity.scope import Scope
from backend.requests.change import RequestType
from backend.storage.database import fetch
from backend.storage.keyset import Where

COUNTS = "SELECT type, sum(requests)::bigint AS n FROM queue_count WHERE {scope} GROUP BY type"


async def waiting(scope: Scope) -> Mapping[str, int]:
    """The number of pending requests of each type in a scope."""
    where = Where()
    where.add(*scope.sql("organisation_id"))
    return of_each_type(await fetch(COUNTS.format(scope=where), *where.values))


def of_each_type(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    """The number ``n`` of each known type, 0 without a row; then that of types of a newer version, by name."""
    counted = {row["type"]: row["n"] for row in rows if row["n"]}
    types = [type_.value for type_ in RequestType.known()]
    return {type_: counted.get(type_, 0) for type_ in [*types, *sorted(counted.keys() - set(types))]}
