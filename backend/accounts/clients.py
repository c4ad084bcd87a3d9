"""Clients: whom an organisation's accounts are for."""

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
SELECT name FROM client WHERE {chosen}
"""
"""Steps along an index from one name to the next: the cost is that of the clients, not of their accounts."""

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
    """How much an organisation holds for a client now, in active accounts."""

    client_name: str
    accounts: int
    datapoints: int


async def client_totals(wanted: Sequence[tuple[int, str]]) -> list[ClientTotal]:
    """For each organisation's id and client name, whatever the case of the name."""
    rows = await fetch(TOTALS, [id_ for id_, _ in wanted], [name for _, name in wanted], clock.now())
    return [
        ClientTotal(name, row["accounts"], int(row["datapoints"])) for (_, name), row in zip(wanted, rows, strict=True)
    ]


async def clients_of(viewer: User, search: str | None, first: int) -> list[str]:
    """The first clients, by name whatever the case, whose names contain a text. Raises: BadInput (the number)."""
    if not 1 <= first <= MAX_PAGE:
        raise BadInput
    where = Where()
    where.add(*Scope.of(viewer).sql("a.organisation_id"))
    chosen = where.filled("key LIKE lower(?) LIMIT ?", containing((search or "").strip()), first)
    rows = await fetch(NAMES.format(own=where, chosen=chosen), *where.values)
    return [row["name"] for row in rows]
