"""Comparison of the count tables with the rows that they count."""

from typing import Any

from backend.storage.database import fetch

ACCOUNTS = "SELECT organisation_id, expires_on, count(*) AS n FROM account GROUP BY 1, 2"

ACCOUNTS_KEPT = "SELECT organisation_id, expires_on, accounts FROM account_count WHERE accounts > 0"

QUEUE = "SELECT organisation_id, type, count(*) AS n FROM change_request WHERE state = 'PENDING' GROUP BY 1, 2"

QUEUE_KEPT = "SELECT organisation_id, type, sum(requests) FROM queue_count GROUP BY 1, 2 HAVING sum(requests) > 0"

DIFFERENCES = """
SELECT to_jsonb(wrong)::text AS wrong
  FROM ((({there}) EXCEPT ({kept})) UNION ALL (({kept}) EXCEPT ({there}))) AS wrong
"""


async def counted_wrongly() -> list[Any]:
    """Rows where a count table differs from the counted rows: accounts by expiry day, and pending requests."""
    return [
        row["wrong"]
        for there, kept in ((ACCOUNTS, ACCOUNTS_KEPT), (QUEUE, QUEUE_KEPT))
        for row in await fetch(DIFFERENCES.format(there=there, kept=kept))
    ]
