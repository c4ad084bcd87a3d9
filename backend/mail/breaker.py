"""A pause for a mail host that does not serve us: 30 s to 10 min, doubling while it stays away (mail.md, 7).

It stands in the database: all workers keep it, and Customer Success sees it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from backend.mail.models import MailHost
from backend.storage.database import fetch

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=10)

PROBE_WITHIN = timedelta(minutes=5)
"""For so long a probe keeps others from trying; longer than a connection may take."""

BARS = "SELECT 1 FROM mail_host WHERE name = $1 AND open_until IS NOT NULL"

PROBE = "UPDATE mail_host SET open_until = $3 WHERE name = $1 AND open_until <= $2 RETURNING name"

FAILED = """
INSERT INTO mail_host (name, faults, open_until, last_fault, last_fault_at) VALUES ($1, 1, $2::timestamptz + $3, $5, $2)
ON CONFLICT (name) DO UPDATE
   SET faults = mail_host.faults + 1,
       open_until = $2::timestamptz + least($3::interval * 2 ^ least(mail_host.faults, 10), $4::interval),
       last_fault = $5, last_fault_at = $2
 WHERE mail_host.open_until IS NULL OR mail_host.open_until <= $2 OR $6
RETURNING open_until
"""

SERVED = "UPDATE mail_host SET faults = 0, open_until = NULL WHERE name = $1 AND faults > 0"


class Way(Enum):
    """How the host may be tried."""

    CLEAR = auto()
    PROBE = auto()
    """By one mail, over one line: what becomes of it decides for the others."""
    BARRED = auto()


@dataclass(slots=True)
class Breaker:
    """Whether a host is worth trying."""

    host: str
    _probing: bool = False
    _suspected: bool = False
    """Whether there is a fault of the host, found here, that it has not made good."""

    async def way(self, now: datetime) -> Way:
        """How to try now. After a pause, one worker gets to probe."""
        known = await MailHost.filter(name=self.host).first()
        if known is None or known.open_until is None:
            return Way.CLEAR
        if not await fetch(PROBE, self.host, now, now + PROBE_WITHIN):
            return Way.BARRED
        self._probing = self._suspected = True
        return Way.PROBE

    async def bars(self, now: datetime) -> bool:
        """Whether somebody has found the host at fault meanwhile."""
        if self._probing:
            return False
        return bool(await fetch(BARS, self.host))

    async def failed(self, fault: str, now: datetime) -> datetime:
        """The host was at fault. Returns the end of the pause."""
        rows = await fetch(FAILED, self.host, now, SHORTEST, LONGEST, fault, self._probing)
        self._probing, self._suspected = False, True
        if rows:
            until: datetime = rows[0]["open_until"]
            return until
        known = await MailHost.get(name=self.host)
        return known.open_until or now + SHORTEST

    async def served(self) -> None:
        """The host is well."""
        if self._suspected:
            self._probing = self._suspected = False
            await fetch(SERVED, self.host)
