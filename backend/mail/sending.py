"""Sends due mails: claim, render, envelope, body, mark, final dot, record (docs/mail.md)."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from backend import clock
from backend.failpoints import failpoint
from backend.mail.batching import Batcher
from backend.mail.breaker import HostBreaker
from backend.mail.claims import Claim, ClaimLost, Outcome, outcomes_of_ineligible, rows_of, state_if_unsent
from backend.mail.eligibility import load_facts, why_not_send
from backend.mail.lease import (
    LEASE,
    claim,
    end_mails,
    end_row,
    lock_claimed,
    mark_in_doubt,
    mark_unchanged,
    release_claim,
    release_row,
)
from backend.mail.lease_renewal import LeaseRenewal
from backend.mail.models import MailState, Reason
from backend.mail.rendering import OutgoingMail, platform_sender, render, stored_mail
from backend.mail.smtp_replies import wait_named_in
from backend.mail.smtp_session import (
    ACCEPT_TIMEOUT_S,
    HostFault,
    InDoubt,
    MessageRefused,
    NotNow,
    RecipientRefused,
    SenderRefused,
    SmtpSession,
)
from backend.mail.smtp_url import Host
from backend.mail.terms import terms_of
from backend.storage.database import transaction
from backend.storage.transient_errors import TRANSIENT_ERRORS

log = structlog.get_logger()

MAX_CONNECTIONS = 8
"""Connections to the host, each with one mail under way; the more there are, the more mails share a statement."""

MAX_RENDER_ATTEMPTS = 3
MIN_RETRY_DELAY, MAX_RETRY_DELAY = timedelta(minutes=1), timedelta(hours=1)

RECORD_RETRY_DELAYS_S = (0.2, 0.5, 1, 2, 5, 10, 20, 40)
"""Between tries to record the host's reply while the database is away; less than LEASE in all."""

MARK_VALID_FOR = LEASE - timedelta(seconds=ACCEPT_TIMEOUT_S)
"""How long after its mark a mail's final dot may be sent: the reply to it arrives within the lease."""


@dataclass(slots=True)
class Sender:
    """Sends over a few connections to one host."""

    host: Host
    jitter: random.Random = field(default_factory=random.SystemRandom)
    stopping: bool = False
    """Set at SIGTERM: mails under way are finished, no others are sent."""
    breaker: HostBreaker = field(init=False)
    _lease_renewal: LeaseRenewal = field(init=False)
    _sessions: list[SmtpSession] = field(init=False)
    _claims: Batcher[None, Claim | None] = field(init=False)
    _marks: Batcher[tuple[Claim, bytes, str], bool] = field(init=False)
    _outcomes: Batcher[Outcome, bool] = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = HostBreaker(self.host.address)
        self._lease_renewal = LeaseRenewal()
        self._sessions = [SmtpSession(self.host) for _ in range(MAX_CONNECTIONS)]
        self._claims = Batcher(self._claim_batch)
        self._marks = Batcher(self._mark_batch)
        self._outcomes = Batcher(end_mails)

    async def send_due(self) -> int:
        """Send all that is due, several at a time. Returns how many mails were accepted."""
        if not await self.breaker.can_try(clock.now()):
            return 0
        try:
            async with self._lease_renewal.running():
                # The first mail shows whether the host serves at all. A host that allows a single connection refuses
                # the others after that, which does not open the breaker.
                sent = await self._send_over(self._sessions[0], only_until_served=True)
                runs = [self._send_over(session) for session in self._sessions]
                # Each run ends by itself: a fault of one connection must not cut off a mail on another.
                results = await asyncio.gather(*runs, return_exceptions=True)
                for result in results:
                    if isinstance(result, BaseException):
                        raise result
                    sent += result
        finally:
            await asyncio.gather(*(session.close() for session in self._sessions))
        return sent

    async def _send_over(self, session: SmtpSession, *, only_until_served: bool = False) -> int:
        """Send one mail after the other; meanwhile the next is claimed and the outcome of the last one recorded."""
        sent = 0
        next_claim: asyncio.Task[Claim | None] | None = None
        recording: asyncio.Task[None] | None = None
        try:
            while not self.stopping and not (only_until_served and session.served):
                claimed = await next_claim if next_claim is not None else None
                next_claim = None
                # Mails may have become due since the last one was claimed.
                claimed = claimed or await self._claims.submit(None)
                if claimed is None:
                    break
                if not only_until_served:
                    next_claim = asyncio.create_task(self._claims.submit(None))
                try:
                    reply = await self._send(claimed, session)
                except ClaimLost:
                    log.warning("another sender has claimed this mail", mail=claimed.ids)
                except HostFault as fault:
                    await self._record_host_fault(claimed, session, str(fault))
                    break
                else:
                    if reply is not None:
                        sent += 1
                        previous, recording = recording, asyncio.create_task(self._record_sent(claimed, reply))
                        if previous is not None:
                            await previous
        finally:
            if recording is not None:
                await recording
            if next_claim is not None:
                await self._release_unsent(await next_claim)
        return sent

    async def _release_unsent(self, claimed: Claim | None) -> None:
        """Let others claim at once a mail that was claimed and not begun."""
        if claimed is not None:
            with suppress(ClaimLost):
                await self._release(claimed, clock.now(), failed=False)

    async def _claim_batch(self, waiting: Sequence[None]) -> list[Claim | None]:
        """A claim for each that waits, as far as mails are due; None while another sender has the breaker open."""
        claims = await claim(clock.now(), len(waiting), "" if self.breaker.probing else self.host.address)
        self._lease_renewal.add(claims)
        return [*claims, *[None] * (len(waiting) - len(claims))]

    async def _release(self, claimed: Claim, until: datetime, *, failed: bool, reply: str = "") -> None:
        """Let a mail be claimed again from an instant on. Raises: ClaimLost."""
        await self._lease_renewal.remove(claimed)
        await release_claim(claimed, until, failed=failed, reply=reply)

    async def _send(self, claimed: Claim, session: SmtpSession) -> str | None:
        """Send a mail. Returns the host's reply if it accepts the mail. Raises: ClaimLost, HostFault."""
        try:
            return await self._try_to_send(claimed, session)
        finally:
            await self._lease_renewal.remove(claimed)

    async def _try_to_send(self, claimed: Claim, session: SmtpSession) -> str | None:
        failpoint("claimed")
        if claimed.doubts > 1:
            await self._record(Outcome(claimed.rows, MailState.UNKNOWN, clock.now(), Reason.IN_DOUBT_TWICE))
            return None
        # Before it is rendered: a mail that is not worth sending needs no host.
        ended = outcomes_of_ineligible(claimed.rows, claimed.facts)
        await asyncio.gather(*map(self._record, ended))
        claimed.remove_rows(rows_of(ended))
        if not claimed.rows:
            return None
        try:
            rendered = stored_mail(claimed.rows[0]) or render_claim(claimed)
        except Exception:  # one mail that cannot be rendered must not hold up the others
            await self._record_render_failure(claimed)
            return None
        failpoint("rendered")
        if not await self._send_envelope(claimed, rendered, session):
            return None
        return await self._send_message(claimed, rendered, session)

    async def _send_envelope(self, claimed: Claim, rendered: OutgoingMail, session: SmtpSession) -> bool:
        try:
            await session.envelope(rendered.sender, rendered.recipient)
        except SenderRefused as refusal:
            if rendered.sender == platform_sender():
                raise HostFault(str(refusal)) from refusal
            # An account's own domain that the host does not know yet; the others' mails are not concerned.
            log.error("the host does not send for this domain", sender=rendered.sender, reason=str(refusal))
            await self._retry_later(claimed, str(refusal))
        except NotNow as reply:
            await self._retry_later(claimed, str(reply))
        except RecipientRefused as refusal:
            await self._end_unsent(claimed, Reason.RECIPIENT_REFUSED, str(refusal))
        else:
            await self.breaker.record_success()
            return True
        return False

    async def _send_message(self, claimed: Claim, rendered: OutgoingMail, session: SmtpSession) -> str | None:
        try:
            await session.send_body(rendered.content)
            mark_began_at = clock.now()
            if not await self._mark_if_eligible(claimed, rendered):
                await session.close()
                return None
            if clock.now() - mark_began_at > MARK_VALID_FOR:
                await session.close()
                claimed.undo_mark()
                await self._release(claimed, clock.now(), failed=False)
                return None
            failpoint("marked")
            reply = await session.commit()
        except InDoubt as doubt:
            # The lease must pass before it is sent once more: the host may still be working on it.
            log.warning("a mail is in doubt", mail=claimed.ids, reason=str(doubt))
            return None
        except NotNow as refusal:
            claimed.undo_mark()
            await self._retry_later(claimed, str(refusal))
            return None
        except MessageRefused as refusal:
            claimed.undo_mark()
            await self._end_unsent(claimed, Reason.MESSAGE_REFUSED, str(refusal))
            return None
        failpoint("accepted")
        return reply

    async def _mark_if_eligible(self, claimed: Claim, rendered: OutgoingMail) -> bool:
        """Check again whether the mail is worth sending, and mark it, in one transaction just before the final dot.

        While the deciding rows are unchanged since the claim, only time has passed: that needs no other statement.
        """
        await self._lease_renewal.remove(claimed)
        is_eligible = not any(why_not_send(claimed.rows, claimed.facts, clock.now()))
        marked = is_eligible and await self._marks.submit((claimed, rendered.content, rendered.message_id))
        if marked or await self._mark_after_reload(claimed, rendered):
            claimed.mark(rendered.content, rendered.message_id)
            return True
        return False

    async def _mark_batch(self, mails: Sequence[tuple[Claim, bytes, str]]) -> list[bool]:
        return await mark_unchanged(mails, clock.now())

    async def _mark_after_reload(self, claimed: Claim, rendered: OutgoingMail) -> bool:
        """Load the facts again and end rows that are no longer worth sending. True if all rows are, and are marked.

        Else the remaining rows are released, to be claimed again and rendered without those that ended.
        """
        async with transaction():
            rows = await lock_claimed(claimed)
            ended = outcomes_of_ineligible(rows, await load_facts(rows))
            if ended:
                await end_mails(ended)
            remaining = [row for row in rows if row not in rows_of(ended)]
            if len(remaining) == len(claimed.rows):
                await mark_in_doubt(claimed, rendered.content, rendered.message_id, clock.now())
                return True
            for row in remaining:
                row.message = None
                await release_row(row, clock.now(), failed=False)
        return False

    async def _record_sent(self, claimed: Claim, reply: str) -> None:
        state = MailState.SENT if claimed.doubts == 1 else MailState.SENT_MAYBE_TWICE
        outcome = Outcome(claimed.rows, state, clock.now(), reply=reply)
        try:
            await self._record_with_retries(claimed, outcome)
        except ClaimLost:
            log.warning("another sender has claimed this mail", mail=claimed.ids)
        else:
            failpoint("recorded")

    async def _record_with_retries(self, claimed: Claim, outcome: Outcome) -> None:
        for pause in RECORD_RETRY_DELAYS_S:
            try:
                return await self._record(outcome)
            except TRANSIENT_ERRORS as error:
                log.warning("the database is away; what was sent is recorded later", mail=claimed.ids, error=str(error))
                await asyncio.sleep(pause)
        return await self._record(outcome)

    async def _record(self, outcome: Outcome) -> None:
        if not await self._outcomes.submit(outcome):
            raise ClaimLost

    async def _record_host_fault(self, claimed: Claim, session: SmtpSession, fault: str) -> None:
        now = clock.now()
        if any(other.served for other in self._sessions if other is not session):
            log.warning("the mail host takes no more connections", reason=fault)
            await self._release(claimed, now, failed=False, reply=fault)
            return
        until = await self.breaker.record_fault(fault, now)
        log.error("the mail host does not serve", reason=fault, until=until.isoformat())
        await self._release(claimed, until, failed=False, reply=fault)

    async def _end_unsent(self, claimed: Claim, reason: Reason, reply: str = "") -> None:
        async with transaction():
            for row in claimed.rows:
                await end_row(row, state_if_unsent(row, MailState.FAILED), clock.now(), reason=reason, reply=reply)

    async def _record_render_failure(self, claimed: Claim) -> None:
        log.exception("a mail cannot be written", mail=claimed.ids)
        if claimed.rows[0].failures + 1 >= MAX_RENDER_ATTEMPTS:
            await self._end_unsent(claimed, Reason.CANNOT_BE_WRITTEN)
        else:
            await self._retry_later(claimed, "")

    async def _retry_later(self, claimed: Claim, reply: str) -> None:
        await self._release(claimed, self._retry_at(claimed.rows[0].failures, reply), failed=True, reply=reply)

    def _retry_at(self, failures: int, reply: str) -> datetime:
        """After a random delay under a ceiling that doubles with each failure, or the reply's own if that is longer."""
        ceiling = min(MAX_RETRY_DELAY, MIN_RETRY_DELAY * 2 ** min(failures, 10))
        wait: timedelta = max(ceiling * self.jitter.random(), wait_named_in(reply))
        return clock.now() + wait


def render_claim(claimed: Claim) -> OutgoingMail:
    """Render the mail of a claim's rows, with the facts that were read with the claim."""
    account_ids = [row.account_id for row in claimed.rows if row.account_id is not None]
    terms = terms_of(account_ids, claimed.facts.accounts, claimed.facts.organisations, claimed.renewals)
    return render(claimed.rows, claimed.facts.recipients[claimed.rows[0].recipient_id], terms)
