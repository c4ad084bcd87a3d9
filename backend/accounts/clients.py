"""Clients of an organisation: their names, and the totals of their accounts."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend import clock
from backend.errors import BadInput
from backend.identity.models import User
from backend.identity.scope import Scope
from backend.storage.database import fetch
from backend.storage.keyset import MAX_PAGE, Where, containing

NAMES = """
WITH RECURSIVE client (key, name) AS (
    (SELECT lower(a.client_name), a.client_name FROM account a WHERE {own}
      ORDER BY lower(a.client_name), a.id LIMIT 1)
    UNION ALL
    SELECT following.key, following.name FROM client CROSS JOIN LATERAL (
        SELECT lower(a.client_name) AS key, a.client_name AS name FROM account a
         WHERE {own} AND lower(a.client_name) > client.key
         ORDER BY lower(a.client_name), a.id LIMIT 1
    ) AS following
)
SELECT name FROM client WHERE {condition}
"""
"""Walks an index from one name to the next: the cost grows with the clients, not with their accounts."""

TOTALS = """
SELECT count(a.id) AS accounts, coalesce(sum(a.datapoints), 0) AS datapoints
  FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS wanted (organisation_id, client_name, place)
  JOIN organisation o ON o.id = wanted.organisation_id
  LEFT JOIN account a ON a.organisation_id = o.id AND lower(a.client_name) = lower(wanted.client_name)
   AND a.expires_on >= ($3::timestamptz AT TIME ZONE o.time_zone)::date
 GROUP BY wanted.place ORDER BY wanted.place
"""


@dataclass(frozen=True, slots=True)
class ClientTotal:
    """The number and the datapoints of an organisation's active accounts for a client."""

    client_name: str
    accounts: int
    datapoints: int


async def client_totals(clients: Sequence[tuple[int, str]]) -> list[ClientTotal]:
    """The total of each organisation's id and client name, ignoring case, in their order."""
    rows = await fetch(TOTALS, [id_ for id_, _ in clients], [name for _, name in clients], clock.now())
    return [
        ClientTotal(name, row["accounts"], int(row["datapoints"])) for (_, name), row in zip(clients, rows, strict=True)
    ]


async def clients_of(viewer: User, search: str | None, first: int) -> list[str]:
    """The first clients, by name ignoring case, whose names contain a text. Raises: BadInput (``first``)."""
    if not 1 <= first <= MAX_PAGE:
        raise BadInput
    where = Where()
    where.add(*Scope.of(viewer).sql("a.organisation_id"))
    condition = where.filled("key LIKE lower(?) LIMIT ?", containing((search or "").strip()), first)
    rows = await fetch(NAMES.format(own=where, condition=condition), *where.values)
    return [row["name"] for row in rows]
