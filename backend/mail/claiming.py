"""Claims on the ledger's rows: one row, one sender, one lease; later writes name their attempt (mail.md, 4)."""

from datetime import datetime, timedelta

from backend.mail.models import Mail, MailKind, MailState
from backend.storage.database import fetch, transaction

LEASE = timedelta(minutes=15)
"""Longer than all of SMTP's time-outs together."""

CLAIM = """
UPDATE mail SET state = CASE state WHEN 'IN_DOUBT' THEN 'IN_DOUBT' ELSE 'CLAIMED' END,
                attempt = attempt + 1, next_at = $2
 WHERE id = (SELECT id FROM mail
              WHERE state IN ('WAITING', 'CLAIMED', 'IN_DOUBT') AND next_at <= $1
              ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


class ClaimLost(Exception):
    """Somebody else has the row now: stop."""


async def claim(now: datetime) -> Mail | None:
    """The oldest mail that may be sent now, for the length of a lease; None when there is none."""
    rows = await fetch(CLAIM, now, now + LEASE)
    return await Mail.get(id=rows[0]["id"]) if rows else None


async def mark_in_doubt(mail: Mail, message: bytes, message_id: str) -> None:
    """Say that the bytes may be accepted from here on; inside a transaction. Raises: ClaimLost."""
    mail.state, mail.doubts = MailState.IN_DOUBT.value, mail.doubts + 1
    mail.message, mail.message_id = message, message_id
    await _write(mail, ["state", "doubts", "message", "message_id"])


async def end(mail: Mail, state: MailState, now: datetime, *, reason: str | None = None, reply: str = "") -> None:
    """Record the one outcome of a mail. Raises: ClaimLost."""
    mail.state, mail.reason, mail.ended_at = state.value, reason, now
    mail.reply = reply or mail.reply
    if mail.kind == MailKind.PASSWORD_RESET:
        mail.facts, mail.message = {}, None
    await _write(mail, ["state", "reason", "ended_at", "reply", "doubts", "facts", "message"])


async def put_back(mail: Mail, until: datetime, *, failed: bool, reply: str = "") -> None:
    """Let it be claimed again from then on; a fault that is not its own costs it no try. Raises: ClaimLost."""
    mail.state, mail.next_at = MailState.WAITING.value, until
    mail.failures += 1 if failed else 0
    mail.reply = reply or mail.reply
    if mail.doubts:
        # What may have been accepted before stays in doubt: only its own lease passed without news.
        mail.state = MailState.IN_DOUBT.value
    await _write(mail, ["state", "next_at", "failures", "doubts", "reply"])


async def _write(mail: Mail, fields: list[str]) -> None:
    async with transaction():
        held = await Mail.filter(id=mail.id, attempt=mail.attempt).select_for_update().first()
        if held is None or held.ended_at is not None:
            raise ClaimLost
        await mail.save(update_fields=fields)
