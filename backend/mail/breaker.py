"""The circuit breaker of a mail host: opens for 30 s, doubling up to 10 min (docs/mail.md, Circuit breaker).

It stands in the database: all workers keep it, and Customer Success sees it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.mail.models import MailHost
from backend.storage.database import fetch

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=10)

PROBE_LEASE = timedelta(minutes=5)
"""For so long a probe keeps others from trying; longer than a connection may take."""

BARRED = "SELECT FROM mail_host WHERE name = {host} AND open_until IS NOT NULL"
"""Whether somebody has found a host at fault, for a statement that must not go on then."""

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


@dataclass(slots=True)
class HostBreaker:
    """Whether a host is worth trying."""

    host: str
    probing: bool = False
    """Whether this worker tries for all the others."""
    _suspected: bool = False
    """Whether there is a fault of the host, found here, that it has not made good."""

    async def may_try(self, now: datetime) -> bool:
        """Whether to try now. After a pause, one worker gets to probe."""
        known = await MailHost.filter(name=self.host).first()
        if known is None or known.open_until is None:
            return True
        self.probing = bool(await fetch(PROBE, self.host, now, now + PROBE_LEASE))
        self._suspected |= self.probing
        return self.probing

    async def record_fault(self, fault: str, now: datetime) -> datetime:
        """The host was at fault. Returns the end of the pause."""
        rows = await fetch(FAILED, self.host, now, SHORTEST, LONGEST, fault, self.probing)
        self.probing, self._suspected = False, True
        if rows:
            until: datetime = rows[0]["open_until"]
            return until
        known = await MailHost.get(name=self.host)
        return known.open_until or now + SHORTEST

    async def record_success(self) -> None:
        """The host is well."""
        if self._suspected:
            self.probing = self._suspected = False
            await fetch(SERVED, self.host)
