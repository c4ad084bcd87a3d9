"""Sends what is due: claim, write, address, look again, hand over, record (docs/mail.md)."""

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
from backend.mail.claims import Claim, ClaimLost, Outcome, lines_of, not_worth_sending, unsent
from backend.mail.eligibility import load_facts, why_not_send
from backend.mail.lease import (
    LEASE,
    claim,
    end,
    end_mails,
    mark_in_doubt,
    mark_unchanged,
    put_all_back,
    put_back,
    still_held,
)
from backend.mail.lease_renewal import LeaseRenewal
from backend.mail.models import MailState, Reason
from backend.mail.rendering import WrittenMail, platform_sender, write, written_before
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
"""Lines to the host at most, each with one mail in hand; the more there are, the more mails share a statement."""

MAX_RENDER_ATTEMPTS = 3
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)

RECORD_RETRY_DELAYS_S = (0.2, 0.5, 1, 2, 5, 10, 20, 40)
"""Seconds between tries to record what the host has answered while the database is away; in all less than a lease."""

MARK_VALID_FOR = LEASE - timedelta(seconds=ACCEPT_TIMEOUT_S)
"""After a mark; a later final dot could still be on its way when the lease is over."""


@dataclass(slots=True)
class Sender:
    """Sends over a few lines to one host."""

    host: Host
    chance: random.Random = field(default_factory=random.SystemRandom)
    stopping: bool = False
    """Set at SIGTERM: the mail in hand is finished, no other is taken."""
    breaker: HostBreaker = field(init=False)
    _lease_renewal: LeaseRenewal = field(init=False)
    _lines: list[SmtpSession] = field(init=False)
    _claims: Batcher[None, Claim | None] = field(init=False)
    _marks: Batcher[tuple[Claim, bytes, str], bool] = field(init=False)
    _outcomes: Batcher[Outcome, bool] = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = HostBreaker(self.host.address)
        self._lease_renewal = LeaseRenewal()
        self._lines = [SmtpSession(self.host) for _ in range(MAX_CONNECTIONS)]
        self._claims = Batcher(self._claim)
        self._marks = Batcher(self._mark)
        self._outcomes = Batcher(end_mails)

    async def send_due(self) -> int:
        """Send all that is due, several at a time. Returns how many mails were accepted."""
        if not await self.breaker.may_try(clock.now()):
            return 0
        try:
            async with self._lease_renewal.running():
                # What becomes of the first mail shows whether the host serves at all. One that takes a single line
                # refuses the others then, and is not blamed for it.
                sent = await self._send_over(self._lines[0], only_until_served=True)
                runs = [self._send_over(line) for line in self._lines]
                # Each run ends by itself: what one line meets must not cut off a mail that another has in hand.
                results = await asyncio.gather(*runs, return_exceptions=True)
                for result in results:
                    if isinstance(result, BaseException):
                        raise result
                    sent += result
        finally:
            await asyncio.gather(*(line.close() for line in self._lines))
        return sent

    async def _send_over(self, line: SmtpSession, *, only_until_served: bool = False) -> int:
        """Send one mail after the other; the next is claimed, and what became of the last recorded, meanwhile."""
        sent = 0
        coming: asyncio.Task[Claim | None] | None = None
        recording: asyncio.Task[None] | None = None
        try:
            while not self.stopping and not (only_until_served and line.served):
                held = await coming if coming is not None else None
                coming = None
                # What was not due when the last one began may be by now.
                held = held or await self._claims.submit(None)
                if held is None:
                    break
                if not only_until_served:
                    coming = asyncio.create_task(self._claims.submit(None))
                try:
                    reply = await self._send(held, line)
                except ClaimLost:
                    log.warning("somebody else has this mail", mail=held.names)
                except HostFault as fault:
                    await self._blame_host(held, line, str(fault))
                    break
                else:
                    if reply is not None:
                        sent += 1
                        before, recording = recording, asyncio.create_task(self._record_sent(held, reply))
                        if before is not None:
                            await before
        finally:
            if recording is not None:
                await recording
            if coming is not None:
                await self._leave(await coming)
        return sent

    async def _leave(self, held: Claim | None) -> None:
        """Let others claim at once what is not sent after all."""
        if held is not None:
            with suppress(ClaimLost):
                await self._put_back(held, clock.now(), failed=False)

    async def _claim(self, askers: Sequence[None]) -> list[Claim | None]:
        """A mail for each, as far as there are any, unless somebody has found the host at fault meanwhile."""
        claims = await claim(clock.now(), len(askers), "" if self.breaker.probing else self.host.address)
        self._lease_renewal.add(claims)
        return [*claims, *[None] * (len(askers) - len(claims))]

    async def _put_back(self, held: Claim, until: datetime, *, failed: bool, reply: str = "") -> None:
        """Let the mail be claimed again from then on. Raises: ClaimLost."""
        await self._lease_renewal.remove(held)
        await put_all_back(held, until, failed=failed, reply=reply)

    async def _send(self, held: Claim, line: SmtpSession) -> str | None:
        """The host's reply when it has accepted the mail. Raises: ClaimLost, HostFault."""
        try:
            return await self._carry(held, line)
        finally:
            await self._lease_renewal.remove(held)

    async def _carry(self, held: Claim, line: SmtpSession) -> str | None:
        failpoint("claimed")
        if held.doubts > 1:
            await self._record(Outcome(held.lines, MailState.UNKNOWN, clock.now(), Reason.IN_DOUBT_TWICE))
            return None
        # Before any work on it: a mail that is not worth sending needs no host.
        ended = not_worth_sending(held.lines, held.facts)
        await asyncio.gather(*map(self._record, ended))
        held.drop(lines_of(ended))
        if not held.lines:
            return None
        try:
            written = written_before(held.lines[0]) or written_for(held)
        except Exception:  # one mail that cannot be written must not hold up the others
            await self._could_not_write(held)
            return None
        failpoint("rendered")
        if not await self._addressed(held, written, line):
            return None
        return await self._hand_over(held, written, line)

    async def _addressed(self, held: Claim, written: WrittenMail, line: SmtpSession) -> bool:
        try:
            await line.envelope(written.sender, written.recipient)
        except SenderRefused as refusal:
            if written.sender == platform_sender():
                raise HostFault(str(refusal)) from refusal
            # An account's own domain that the host does not know yet; the others' mails are not concerned.
            log.error("the host does not send for this domain", sender=written.sender, reason=str(refusal))
            await self._try_later(held, str(refusal))
        except NotNow as reply:
            await self._try_later(held, str(reply))
        except RecipientRefused as refusal:
            await self._end_unsent_all(held, Reason.RECIPIENT_REFUSED, str(refusal))
        else:
            await self.breaker.record_success()
            return True
        return False

    async def _hand_over(self, held: Claim, written: WrittenMail, line: SmtpSession) -> str | None:
        try:
            await line.send_body(written.content)
            asked_at = clock.now()
            if not await self._marked(held, written):
                await line.close()
                return None
            if clock.now() - asked_at > MARK_VALID_FOR:
                await line.close()
                held.take_back_mark()
                await self._put_back(held, clock.now(), failed=False)
                return None
            failpoint("marked")
            reply = await line.commit()
        except InDoubt as doubt:
            # The lease must pass before it is sent once more: the host may still be working on it.
            log.warning("a mail is in doubt", mail=held.names, reason=str(doubt))
            return None
        except NotNow as refusal:
            held.take_back_mark()
            await self._try_later(held, str(refusal))
            return None
        except MessageRefused as refusal:
            held.take_back_mark()
            await self._end_unsent_all(held, Reason.MESSAGE_REFUSED, str(refusal))
            return None
        failpoint("accepted")
        return reply

    async def _marked(self, held: Claim, written: WrittenMail) -> bool:
        """The second look and the mark, in one transaction, just before the final dot: only that makes a host take it.

        Where nothing of what the first look saw has changed, only time can have: that is known without looking.
        """
        await self._lease_renewal.remove(held)
        in_time = not any(why_not_send(held.lines, held.facts, clock.now()))
        marked = in_time and await self._marks.submit((held, written.content, written.message_id))
        if marked or await self._marked_by_a_look(held, written):
            held.mark(written.content, written.message_id)
            return True
        return False

    async def _mark(self, mails: Sequence[tuple[Claim, bytes, str]]) -> list[bool]:
        return await mark_unchanged(mails, clock.now())

    async def _marked_by_a_look(self, held: Claim, written: WrittenMail) -> bool:
        """What has changed meanwhile ends; the others of its mail are claimed again, and written without it."""
        async with transaction():
            ours = await still_held(held)
            ended = not_worth_sending(ours, await load_facts(ours))
            if ended:
                await end_mails(ended)
            rest = [mail for mail in ours if mail not in lines_of(ended)]
            if len(rest) == len(held.lines):
                await mark_in_doubt(held, written.content, written.message_id, clock.now())
                return True
            for mail in rest:
                mail.message = None
                await put_back(mail, clock.now(), failed=False)
        return False

    async def _record_sent(self, held: Claim, reply: str) -> None:
        state = MailState.SENT if held.doubts == 1 else MailState.SENT_MAYBE_TWICE
        outcome = Outcome(held.lines, state, clock.now(), reply=reply)
        try:
            await self._record_patiently(held, outcome)
        except ClaimLost:
            log.warning("somebody else has this mail", mail=held.names)
        else:
            failpoint("recorded")

    async def _record_patiently(self, held: Claim, outcome: Outcome) -> None:
        for pause in RECORD_RETRY_DELAYS_S:
            try:
                return await self._record(outcome)
            except TRANSIENT_ERRORS as error:
                log.warning("the database is away; what was sent is recorded later", mail=held.names, error=str(error))
                await asyncio.sleep(pause)
        return await self._record(outcome)

    async def _record(self, outcome: Outcome) -> None:
        if not await self._outcomes.submit(outcome):
            raise ClaimLost

    async def _blame_host(self, held: Claim, line: SmtpSession, fault: str) -> None:
        now = clock.now()
        if any(other.served for other in self._lines if other is not line):
            log.warning("the mail host takes no more lines", reason=fault)
            await self._put_back(held, now, failed=False, reply=fault)
            return
        until = await self.breaker.record_fault(fault, now)
        log.error("the mail host does not serve", reason=fault, until=until.isoformat())
        await self._put_back(held, until, failed=False, reply=fault)

    async def _end_unsent_all(self, held: Claim, reason: Reason, reply: str = "") -> None:
        async with transaction():
            for mail in held.lines:
                await end(mail, unsent(mail, MailState.FAILED), clock.now(), reason=reason, reply=reply)

    async def _could_not_write(self, held: Claim) -> None:
        log.exception("a mail cannot be written", mail=held.names)
        if held.lines[0].failures + 1 >= MAX_RENDER_ATTEMPTS:
            await self._end_unsent_all(held, Reason.CANNOT_BE_WRITTEN)
        else:
            await self._try_later(held, "")

    async def _try_later(self, held: Claim, reply: str) -> None:
        await self._put_back(held, self._later(held.lines[0].failures, reply), failed=True, reply=reply)

    def _later(self, failures: int, reply: str) -> datetime:
        """Full jitter under a ceiling that doubles, or the wait that the host asks for, if that is longer."""
        ceiling = min(LAST_RETRY, FIRST_RETRY * 2 ** min(failures, 10))
        wait: timedelta = max(ceiling * self.chance.random(), wait_named_in(reply))
        return clock.now() + wait


def written_for(held: Claim) -> WrittenMail:
    """What a claim's lines say."""
    accounts = [mail.account_id for mail in held.lines if mail.account_id is not None]
    terms = terms_of(accounts, held.facts.accounts, held.facts.organisations, held.renewals)
    return write(held.lines, held.facts.recipients[held.lines[0].recipient_id], terms)
