"""The zones of accounts: derived from the expiry day, never stored."""

from datetime import date
from enum import StrEnum


class Zone(StrEnum):
    """An account is active through its expiry day, in its organisation's time zone, and expired afterwards."""

    ACTIVE = "ACTIVE"
    """Under contract today."""
    EXPIRED = "EXPIRED"
    """The term is over."""


ACTIVE, EXPIRED = Zone.ACTIVE, Zone.EXPIRED


def zone(expires_on: date, today: date) -> Zone:
    """The zone of an account on a day of its organisation's calendar."""
    return ACTIVE if today <= expires_on else EXPIRED


ZONE_IN_SQL = "CASE WHEN {row}.expires_on >= {today} THEN 'ACTIVE' ELSE 'EXPIRED' END"
"""The same as an SQL expression of a row."""
