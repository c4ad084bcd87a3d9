"""Renews the leases on claimed mails every RENEW_EVERY_S, for as long as the sender that claimed them lives.

When a sender dies, other senders claim its mails within CLAIM_LEASE, on whatever host they run. The lease of a marked
mail is not renewed: the mark sets a lease of its own, since the mail host may still be at work on the mail.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import structlog

from backend import clock
from backend.mail.claims import Claim
from backend.mail.lease import renew_leases

log = structlog.get_logger()

RENEW_EVERY_S = 15.0
"""Less than half of CLAIM_LEASE, so that one renewal may fail."""


class LeaseRenewal:
    """Renews the leases on what one sender has claimed and not marked."""

    def __init__(self) -> None:
        self._claims: dict[int, Claim] = {}
        self._lock = asyncio.Lock()

    def add(self, claims: Iterable[Claim]) -> None:
        """Renew the leases on these claims from here on."""
        self._claims.update((id(claim), claim) for claim in claims)

    async def remove(self, claim: Claim) -> None:
        """Renew its lease no more. After this no renewal is under way that locks its rows or moves their lease."""
        async with self._lock:
            self._claims.pop(id(claim), None)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Renew leases in a task until the block ends; all claims are removed then."""
        task = asyncio.create_task(self._renew_for_ever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._claims.clear()

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            async with self._lock:
                try:
                    if self._claims:
                        await renew_leases(list(self._claims.values()), clock.now())
                except Exception as error:  # whatever it is, the next renewal may succeed
                    log.warning("leases on mails were not renewed", reason=f"{type(error).__name__}: {error}")
