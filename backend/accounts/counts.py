"""How many accounts there are, from what PostgreSQL keeps counted by day of expiry: no account is looked at."""

from datetime import date

from backend import clock
from backend.accounts.zones import Zone
from backend.identity.scope import Scope
from backend.storage.database import fetch
from backend.storage.keyset import Where

TODAY_THERE = "(?::timestamptz AT TIME ZONE o.time_zone)::date"

IN_ZONE = {Zone.ACTIVE: f"c.expires_on >= {TODAY_THERE}", Zone.EXPIRED: f"c.expires_on < {TODAY_THERE}"}

OF_EACH = """
SELECT coalesce(sum(of_one.accounts), 0)::bigint AS accounts
  FROM organisation o
 CROSS JOIN LATERAL (
       SELECT sum(c.accounts) AS accounts FROM account_count c WHERE c.organisation_id = o.id AND {days}
       ) AS of_one
 WHERE {whose}
"""
"""Organisation by organisation: what is their day is asked once for each, not for each of their counts."""


async def accounts(scope: Scope, zone: Zone | None = None, first: date | None = None, last: date | None = None) -> int:
    """How many accounts of a scope are in a zone and expire from one day to another."""
    days = Where()
    if zone is not None:
        days.add(IN_ZONE[zone], clock.now())
    if first is not None:
        days.add("c.expires_on >= ?", first)
    if last is not None:
        days.add("c.expires_on <= ?", last)
    whose = days.filled(*scope.sql("o.id"))
    (found,) = await fetch(OF_EACH.format(days=days, whose=whose), *days.values)
    number: int = found["accounts"]
    return number
