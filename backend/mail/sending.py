"""Sends what is due: claim, write, address, look again, hand over, record (mail.md, 4 to 7)."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from backend import clock
from backend.mail.breaker import Breaker
from backend.mail.claiming import ClaimLost, claim, end, mark_in_doubt, put_back
from backend.mail.line import Host, HostFault, InDoubt, Line, MessageRefused, NotNow, RecipientRefused
from backend.mail.models import Mail, MailState
from backend.mail.rendering import WrittenMail, write
from backend.mail.windows import verdict_against
from backend.storage.database import transaction

log = structlog.get_logger()

AT_ONCE = 4
WRITING_TRIES = 3
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)
GREYLIST_WAIT = timedelta(minutes=5)


@dataclass(slots=True)
class Sender:
    """Sends over a few lines to one host; what it learns of the host lasts as long as it does."""

    host: Host
    chance: random.Random = field(default_factory=random.SystemRandom)
    breaker: Breaker = field(default_factory=Breaker)
    stopping: bool = False
    """Set at SIGTERM: the mail in hand is finished, no other is taken."""

    async def send_due(self) -> int:
        """Send all that is due, several at a time. Returns how many mails were accepted."""
        async with asyncio.TaskGroup() as together:
            runs = [together.create_task(self._send_over(Line(self.host))) for _ in range(AT_ONCE)]
        return sum(run.result() for run in runs)

    async def _send_over(self, line: Line) -> int:
        sent = 0
        try:
            while not self.stopping and self.breaker.lets_through(clock.now()):
                mail = await claim(clock.now())
                if mail is None:
                    break
                try:
                    sent += await self._send(mail, line)
                except ClaimLost:
                    log.warning("somebody else has this mail", mail=mail.id)
        finally:
            await line.close()
        return sent

    async def _send(self, mail: Mail, line: Line) -> bool:
        now = clock.now()
        if mail.doubts > 1:
            await end(mail, MailState.UNKNOWN, now, reason="in_doubt_twice")
            return False
        # Before any work on it: a mail that is not worth sending needs no host.
        if await self._ended_by_second_look(mail):
            return False
        try:
            written = await write(mail)
        except Exception:  # one mail that cannot be written must not hold up the others
            await self._could_not_write(mail)
            return False
        try:
            await line.address(written.sender, written.recipient)
        except HostFault as fault:
            until = self.breaker.failed(now)
            log.error("the mail host does not serve", reason=str(fault), until=until.isoformat())
            await put_back(mail, until, failed=False, reply=str(fault))
            return False
        except NotNow as reply:
            await put_back(mail, self._later(mail, str(reply)), failed=True, reply=str(reply))
            return False
        except RecipientRefused as reply:
            await end(mail, MailState.FAILED, now, reason="recipient_refused", reply=str(reply))
            return False
        self.breaker.served()
        return await self._hand_over(mail, written, line)

    async def _hand_over(self, mail: Mail, written: WrittenMail, line: Line) -> bool:
        if not await self._marked(mail, written):
            await line.start_over()
            return False
        try:
            reply = await line.send(written.content)
        except InDoubt as doubt:
            # The lease must pass before it is sent once more: the host may still be working on it.
            log.warning("a mail is in doubt", mail=mail.id, reason=str(doubt))
            return False
        except NotNow as refusal:
            mail.doubts -= 1
            await put_back(mail, self._later(mail, str(refusal)), failed=True, reply=str(refusal))
            return False
        except MessageRefused as refusal:
            mail.doubts -= 1
            await self._end_unsent(mail, MailState.FAILED, "message_refused", str(refusal))
            return False
        outcome = MailState.SENT if mail.doubts == 1 else MailState.SENT_MAYBE_TWICE
        await end(mail, outcome, clock.now(), reply=reply)
        return True

    async def _marked(self, mail: Mail, written: WrittenMail) -> bool:
        """The second look and the mark, in one transaction, just before the message goes out."""
        async with transaction():
            if await self._ended_by_second_look(mail):
                return False
            await mark_in_doubt(mail, written.content, written.message_id)
        return True

    async def _ended_by_second_look(self, mail: Mail) -> bool:
        verdict = await verdict_against(mail, clock.now())
        if verdict is not None:
            await self._end_unsent(mail, *verdict)
        return verdict is not None

    async def _end_unsent(self, mail: Mail, state: MailState, reason: str, reply: str = "") -> None:
        # An earlier try may have been accepted: then nobody can say that it was not sent.
        await end(mail, MailState.UNKNOWN if mail.doubts else state, clock.now(), reason=reason, reply=reply)

    async def _could_not_write(self, mail: Mail) -> None:
        log.exception("a mail cannot be written", mail=mail.id)
        if mail.failures + 1 >= WRITING_TRIES:
            await self._end_unsent(mail, MailState.FAILED, "cannot_be_written")
        else:
            await put_back(mail, self._later(mail, ""), failed=True)

    def _later(self, mail: Mail, reply: str) -> datetime:
        """Full jitter under a ceiling that doubles; greylisting hosts are not asked again at once."""
        ceiling = min(LAST_RETRY, FIRST_RETRY * 2 ** min(mail.failures, 10))
        wait: timedelta = ceiling * self.chance.random()
        if "greylist" in reply.lower() or "4.7.1" in reply:
            wait = max(wait, GREYLIST_WAIT)
        return clock.now() + wait
