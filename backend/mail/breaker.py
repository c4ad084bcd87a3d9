"""The circuit breaker of a mail host: opens for 30 s, doubling up to 10 min (docs/mail.md, Circuit breaker).

It stands in the database: all workers keep it, and Customer Success sees it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.mail.ledger_sql import LEDGER_SQL
from backend.mail.models import MailHost
from backend.storage.database import execute, fetch

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=10)

PROBE_LEASE = timedelta(minutes=5)
"""For so long a probe keeps others from trying; longer than a connection may take."""


@dataclass(slots=True)
class HostBreaker:
    """Whether a host is worth trying."""

    host: str
    probing: bool = False
    """Whether this worker tries for all the others."""
    _suspected: bool = False
    """Whether there is a fault of the host, found here, that it has not made good."""

    async def can_try(self, now: datetime) -> bool:
        """Whether to try now. After a pause, one worker gets to probe."""
        known = await MailHost.filter(name=self.host).first()
        if known is None or known.open_until is None:
            return True
        self.probing = bool(await fetch(LEDGER_SQL["claim_probe"], self.host, now, now + PROBE_LEASE))
        self._suspected |= self.probing
        return self.probing

    async def record_fault(self, fault: str, now: datetime) -> datetime:
        """The host was at fault. Returns the end of the pause."""
        rows = await fetch(LEDGER_SQL["open_breaker"], self.host, now, SHORTEST, LONGEST, fault, self.probing)
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
            await execute(LEDGER_SQL["close_breaker"], self.host)
