"""Counts of accounts by day of expiry, from a table that triggers maintain: no account is read."""

from datetime import date

from backend import clock
from backend.accounts.zones import Zone
from backend.identity.scope import Scope
from backend.storage.database import fetch
from backend.storage.keyset import Where

TODAY_THERE = "(?::timestamptz AT TIME ZONE o.time_zone)::date"

IN_ZONE = {Zone.ACTIVE: f"c.expires_on >= {TODAY_THERE}", Zone.EXPIRED: f"c.expires_on < {TODAY_THERE}"}

COUNT = """
SELECT coalesce(sum(of_one.accounts), 0)::bigint AS accounts
  FROM organisation o
 CROSS JOIN LATERAL (
       SELECT sum(c.accounts) AS accounts FROM account_count c WHERE c.organisation_id = o.id AND {days}
       ) AS of_one
 WHERE {scope}
"""
"""By organisation: its current date is computed once, not for each of its counts."""


async def accounts(scope: Scope, zone: Zone | None = None, first: date | None = None, last: date | None = None) -> int:
    """The number of accounts of a scope that are in a zone and expire from ``first`` to ``last``, both included."""
    days = Where()
    if zone is not None:
        days.add(IN_ZONE[zone], clock.now())
    if first is not None:
        days.add("c.expires_on >= ?", first)
    if last is not None:
        days.add("c.expires_on <= ?", last)
    in_scope = days.filled(*scope.sql("o.id"))
    (row,) = await fetch(COUNT.format(days=days, scope=in_scope), *days.values)
    number: int = row["accounts"]
    return number
