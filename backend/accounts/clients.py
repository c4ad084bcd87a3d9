"""Clients: whom an organisation's accounts are for."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend import clock
from backend.storage.database import fetch

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
