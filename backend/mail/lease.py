"""Claims rows of the ledger, renews their leases, marks, puts back and ends them (docs/mail.md, Claims).

Every write names its attempt: it changes nothing when another sender has claimed the row since. ``claims.py`` has the
types of a claim and its outcome, ``lease_renewal.py`` the task that renews the leases of a sender.
"""

from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from backend.accounts.models import Account
from backend.identity.models import Organisation, User
from backend.mail.claims import Claim, ClaimLost, Outcome
from backend.mail.eligibility import Facts
from backend.mail.ledger_sql import LEDGER_SQL
from backend.mail.models import Mail, MailKind, MailState, Reason
from backend.mail.renderable import renderable
from backend.mail.terms import PENDING_RENEWALS, PendingRenewal
from backend.storage.database import execute, fetch, transaction
from backend.storage.rows import Joined, columns_of, prefix_of, read

CLAIM_LEASE = timedelta(minutes=1)
"""Of a claimed mail, which its sender renews: when the sender dies, others claim the mail within this time."""

LEASE = timedelta(minutes=15)
"""Of a marked mail: longer than all SMTP timeouts and the tries to record the outcome together."""

MAX_ROWS_PER_MAIL = 100
"""Rows of the ledger that share one mail; further ones are sent in the next mail."""

# The rows that decide whether a line is worth sending, and their versions: while these stand, so does a look at them.
DECIDING_ROWS = """
person p LEFT JOIN account a ON a.id = m.account_id LEFT JOIN organisation o ON o.id = a.organisation_id
         LEFT JOIN change_request r ON r.id = m.request_id
 WHERE p.id = m.recipient_id
"""

VERSIONS = "concat_ws(' ', p.xmin, a.xmin, o.xmin, r.xmin)"

RECIPIENT, ACCOUNT, ORGANISATION = map(prefix_of, ("recipient", "account", "organisation"))


async def claim(now: datetime, most: int, host: str = "") -> list[Claim]:
    """The oldest mails that may be sent now, so many at most, for a short lease; none while the host is barred.

    Those that this version cannot render are left. Each comes with a first look at what decides about its lines.
    """
    rows: list[Any] = await read(Mail, _claim_sql(), now, now + CLAIM_LEASE, MAX_ROWS_PER_MAIL - 1, most, host)
    facts = Facts(
        {row.recipient_id: cast(User, Joined(row, RECIPIENT)) for row in rows},
        {row.account_id: cast(Account, Joined(row, ACCOUNT)) for row in rows if row.account_id is not None},
        {row[f"{ORGANISATION}id"]: cast(Organisation, Joined(row, ORGANISATION)) for row in rows},
        frozenset(row.request_id for row in rows if row["request_state"] == "PENDING"),
    )
    renewals = {
        row.account_id: PendingRenewal(row["renewal"], row["requested_at"], row["requester"])
        for row in rows
        if row["renewal"] is not None
    }
    mails: dict[int, list[Any]] = {}
    for row in rows:
        mails.setdefault(row["mail"], []).append(row)
    return [
        Claim(list(map(copy, lines)), {row.id: row["versions"] for row in lines}, facts, renewals)
        for lines in mails.values()
    ]


@cache
def _claim_sql() -> str:
    return LEDGER_SQL["claim"].format(
        can_render=renderable("m"),
        mail_columns=columns_of(Mail, "m"),
        recipient_columns=columns_of(User, "p", RECIPIENT),
        account_columns=columns_of(Account, "a", ACCOUNT),
        organisation_columns=columns_of(Organisation, "o", ORGANISATION),
        versions=VERSIONS,
        deciding_rows=DECIDING_ROWS,
        pending_renewals=PENDING_RENEWALS.format(accounts="= m.account_id"),
    )


@cache
def _mark_unchanged_sql() -> str:
    return LEDGER_SQL["mark_unchanged"].format(versions=VERSIONS, deciding_rows=DECIDING_ROWS)


async def renew_leases(claims: Sequence[Claim], now: datetime) -> None:
    """Lengthen the leases on what is still ours; a line that somebody has locked keeps its own till the next time."""
    lines = [line for claim in claims for line in claim.lines]
    await execute(
        LEDGER_SQL["renew_leases"], [line.id for line in lines], [line.attempt for line in lines], now + CLAIM_LEASE
    )


async def still_held(claim: Claim) -> list[Mail]:
    """The lines that are still ours, locked until the end of the transaction."""
    rows = await fetch(
        LEDGER_SQL["lock_claimed"], [line.id for line in claim.lines], [line.attempt for line in claim.lines]
    )
    held = {row["id"] for row in rows}
    return [line for line in claim.lines if line.id in held]


async def mark_in_doubt(claim: Claim, message: bytes, message_id: str, now: datetime) -> None:
    """Say that the bytes may be accepted from here on, and lease them; in the transaction that holds the lines."""
    await execute(LEDGER_SQL["mark"], claim.names, message_id, claim.lines[0].id, message, now + LEASE)


async def mark_unchanged(mails: Sequence[tuple[Claim, bytes, str]], now: datetime) -> list[bool]:
    """Say so of mails, with their bytes and Message-IDs. False for one of which something may have changed."""
    asked = [
        (line.id, line.attempt, number, held.seen[line.id], message_id, None if place else message)
        for number, (held, message, message_id) in enumerate(mails)
        for place, line in enumerate(held.lines)
    ]
    marked = {row["mail"] for row in await fetch(_mark_unchanged_sql(), *zip(*asked, strict=True), now + LEASE)}
    return [number in marked for number in range(len(mails))]


async def end(line: Mail, state: MailState, now: datetime, *, reason: Reason | None = None, reply: str = "") -> None:
    """Record the one outcome of a line. Raises: ClaimLost."""
    line.state, line.reason, line.ended_at, line.message = state.value, reason, now, None
    line.reply = reply or line.reply
    if line.kind == MailKind.PASSWORD_RESET:
        line.facts = {}
    await _write(line, ["state", "reason", "ended_at", "reply", "doubts", "facts", "message_id", "message"])


async def put_back(line: Mail, until: datetime, *, failed: bool, reply: str = "") -> None:
    """Let it be claimed again from then on; a fault that is not its own costs it no try. Raises: ClaimLost."""
    line.next_at = until
    line.failures += 1 if failed else 0
    line.reply = reply or line.reply
    if line.doubts:
        # What may have been accepted before stays in doubt: only its own lease passed without news.
        line.state = MailState.IN_DOUBT.value
    else:
        line.state, line.message, line.message_id = MailState.WAITING.value, None, None
    await _write(line, ["state", "next_at", "failures", "doubts", "reply", "message", "message_id"])


async def end_mails(outcomes: Sequence[Outcome]) -> list[bool]:
    """Record outcomes, each for all its lines. False for one of which somebody else has a line by now."""
    asked = [
        (line.id, line.attempt, number, one.state.value, one.reason, one.at, one.reply or None)
        for number, one in enumerate(outcomes)
        for line in one.lines
    ]
    ended = {row["mail"] for row in await fetch(LEDGER_SQL["end_mails"], *zip(*asked, strict=True))}
    return [number in ended for number in range(len(outcomes))]


async def put_all_back(claim: Claim, until: datetime, *, failed: bool, reply: str = "") -> None:
    """Let the whole mail be claimed again from then on. Raises: ClaimLost."""
    async with transaction():
        for line in claim.lines:
            await put_back(line, until, failed=failed, reply=reply)


async def _write(line: Mail, fields: list[str]) -> None:
    async with transaction():
        held = await Mail.filter(id=line.id, attempt=line.attempt).select_for_update().first()
        if held is None or held.ended_at is not None:
            raise ClaimLost
        await line.save(update_fields=fields)
