"""Leases on claimed mails are short, and renewed for as long as the sender that claimed them lives.

A sender that is gone leaves its mails to others within a minute, on whatever host they run. A mail that is marked is
not renewed: its mark gives it a long lease, since the mail host may still be at work on it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import structlog

from backend import clock
from backend.mail.claims import Claim
from backend.mail.lease import renew

log = structlog.get_logger()

RENEW_EVERY_S = 15.0
"""Several times within a lease, so that one try may fail."""


class Leases:
    """The leases of one sender on what it has claimed and not marked."""

    def __init__(self) -> None:
        self._held: dict[int, Claim] = {}
        self._renewal = asyncio.Lock()

    def hold(self, claims: Iterable[Claim]) -> None:
        """Renew the leases on these from here on."""
        self._held.update((id(claim), claim) for claim in claims)

    async def release(self, claim: Claim) -> None:
        """Renew it no more. After this no renewal is under way that would lock its lines or move their lease."""
        async with self._renewal:
            self._held.pop(id(claim), None)

    @asynccontextmanager
    async def renewed(self) -> AsyncIterator[None]:
        """Renew what is held until the block ends; then nothing is held any more."""
        renewing = asyncio.create_task(self._renew_for_ever())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            self._held.clear()

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            async with self._renewal:
                try:
                    if self._held:
                        await renew(list(self._held.values()), clock.now())
                except Exception as error:  # whatever it is, the next try may do
                    log.warning("leases on mails were not renewed", reason=f"{type(error).__name__}: {error}")
