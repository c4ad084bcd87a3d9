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

# The rows that decide whether a mail is sent. While their versions are the same, nothing that decides has changed.
DECIDING_ROWS = """
person p LEFT JOIN account a ON a.id = m.account_id LEFT JOIN organisation o ON o.id = a.organisation_id
         LEFT JOIN change_request r ON r.id = m.request_id
 WHERE p.id = m.recipient_id
"""

VERSIONS = "concat_ws(' ', p.xmin, a.xmin, o.xmin, r.xmin)"

RECIPIENT, ACCOUNT, ORGANISATION = map(prefix_of, ("recipient", "account", "organisation"))


async def claim(now: datetime, limit: int, host: str = "") -> list[Claim]:
    """Claim the mails that have been due longest, ``limit`` at most, for CLAIM_LEASE.

    Returns none while the circuit breaker of the host is open. Mails that this version cannot render are left. Each
    claim has the facts that decide whether its mail is sent.
    """
    rows: list[Any] = await read(Mail, _claim_sql(), now, now + CLAIM_LEASE, MAX_ROWS_PER_MAIL - 1, limit, host)
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
        Claim(list(map(copy, mail)), {row.id: row["versions"] for row in mail}, facts, renewals)
        for mail in mails.values()
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
    """Lengthen the leases on rows that are still claimed; one that is locked keeps its lease until the next renewal."""
    rows = [row for claim in claims for row in claim.rows]
    await execute(
        LEDGER_SQL["renew_leases"], [row.id for row in rows], [row.attempt for row in rows], now + CLAIM_LEASE
    )


async def lock_claimed(claim: Claim) -> list[Mail]:
    """Lock the rows that are still claimed, until the end of the transaction, and return them."""
    rows = await fetch(LEDGER_SQL["lock_claimed"], [row.id for row in claim.rows], [row.attempt for row in claim.rows])
    ids = {row["id"] for row in rows}
    return [row for row in claim.rows if row.id in ids]


async def mark_in_doubt(claim: Claim, message: bytes, message_id: str, now: datetime) -> None:
    """Mark a mail whose rows this transaction has locked: the host may accept it from here on, within LEASE."""
    await execute(LEDGER_SQL["mark"], claim.ids, message_id, claim.rows[0].id, message, now + LEASE)


async def mark_unchanged(mails: Sequence[tuple[Claim, bytes, str]], now: datetime) -> list[bool]:
    """Mark mails, with their bytes and Message-IDs. False for each that was claimed since, or may have changed."""
    values = [
        (row.id, row.attempt, number, claim.versions[row.id], message_id, None if place else message)
        for number, (claim, message, message_id) in enumerate(mails)
        for place, row in enumerate(claim.rows)
    ]
    marked = {row["mail"] for row in await fetch(_mark_unchanged_sql(), *zip(*values, strict=True), now + LEASE)}
    return [number in marked for number in range(len(mails))]


async def end_row(row: Mail, state: MailState, now: datetime, *, reason: Reason | None = None, reply: str = "") -> None:
    """Record the outcome of a row. Raises: ClaimLost."""
    row.state, row.reason, row.ended_at, row.message = state.value, reason, now, None
    row.reply = reply or row.reply
    if row.kind == MailKind.PASSWORD_RESET:
        row.facts = {}
    await _save_if_claimed(row, ["state", "reason", "ended_at", "reply", "doubts", "facts", "message_id", "message"])


async def release_row(row: Mail, until: datetime, *, failed: bool, reply: str = "") -> None:
    """Let a row be claimed again from an instant on; ``failed`` counts a failed try. Raises: ClaimLost."""
    row.next_at = until
    row.failures += 1 if failed else 0
    row.reply = reply or row.reply
    if row.doubts:
        # An earlier try may have been accepted: its row stays in doubt, with the bytes of that try.
        row.state = MailState.IN_DOUBT.value
    else:
        row.state, row.message, row.message_id = MailState.WAITING.value, None, None
    await _save_if_claimed(row, ["state", "next_at", "failures", "doubts", "reply", "message", "message_id"])


async def end_mails(outcomes: Sequence[Outcome]) -> list[bool]:
    """Record outcomes, each for all its rows. False for each of which another sender has claimed a row since."""
    values = [
        (row.id, row.attempt, number, outcome.state.value, outcome.reason, outcome.at, outcome.reply or None)
        for number, outcome in enumerate(outcomes)
        for row in outcome.rows
    ]
    ended = {row["mail"] for row in await fetch(LEDGER_SQL["end_mails"], *zip(*values, strict=True))}
    return [number in ended for number in range(len(outcomes))]


async def release_claim(claim: Claim, until: datetime, *, failed: bool, reply: str = "") -> None:
    """Let a whole mail be claimed again from an instant on. Raises: ClaimLost."""
    async with transaction():
        for row in claim.rows:
            await release_row(row, until, failed=failed, reply=reply)


async def _save_if_claimed(row: Mail, fields: list[str]) -> None:
    async with transaction():
        locked = await Mail.filter(id=row.id, attempt=row.attempt).select_for_update().first()
        if locked is None or locked.ended_at is not None:
            raise ClaimLost
        await row.save(update_fields=fields)
