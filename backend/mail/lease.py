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
from backend.mail.breaker import BARRED
from backend.mail.claims import Claim, ClaimLost, Outcome
from backend.mail.eligibility import Facts
from backend.mail.models import Mail, MailKind, MailState, Reason
from backend.mail.renderable import renderable
from backend.mail.terms import PENDING_RENEWALS, PendingRenewal
from backend.storage.database import fetch, transaction
from backend.storage.rows import Joined, columns_of, prefix_of, read

CLAIM_LEASE = timedelta(minutes=1)
"""Of a claimed mail, which its sender renews: when the sender dies, others claim the mail within this time."""

LEASE = timedelta(minutes=15)
"""Of a marked mail: longer than all SMTP timeouts and the tries to record the outcome together."""

MAX_ROWS_PER_MAIL = 100
"""Rows of the ledger that share one mail; further ones are sent in the next mail."""

# The rows that decide whether a line is worth sending, and their versions: while these stand, so does a look at them.
DECIDING = """
person p LEFT JOIN account a ON a.id = m.account_id LEFT JOIN organisation o ON o.id = a.organisation_id
         LEFT JOIN change_request r ON r.id = m.request_id
 WHERE p.id = m.recipient_id
"""

VERSIONS = "concat_ws(' ', p.xmin, a.xmin, o.xmin, r.xmin)"

RECIPIENT, ACCOUNT, ORGANISATION = map(prefix_of, ("recipient", "account", "organisation"))

# The first due line of a digest speaks for it: who waits for that line's lock leaves the others alone too, so that two
# senders never split a digest. Lines in doubt go together only if they went together before. What decides about the
# lines is looked at by the same statement. What a newer version alone can render is left to its workers.
CLAIM = f"""
WITH first AS (
    SELECT m.id, m.digest, m.doubts, m.message_id
      FROM mail m
     WHERE m.state IN ('WAITING', 'CLAIMED', 'IN_DOUBT') AND m.next_at <= $1 AND {{renderable}}
       AND NOT EXISTS (SELECT 1 FROM mail o
                        WHERE o.digest = m.digest AND o.id < m.id AND o.ended_at IS NULL AND o.next_at <= $1)
       AND NOT EXISTS ({BARRED.format(host="$5")})
     ORDER BY m.next_at, m.id LIMIT $4 FOR UPDATE SKIP LOCKED
), others AS (
    SELECT o.id, first.id AS mail
      FROM first CROSS JOIN LATERAL (
          SELECT m.id FROM mail m
           WHERE m.digest = first.digest AND m.id > first.id AND m.ended_at IS NULL AND m.next_at <= $1
             AND m.doubts = first.doubts AND m.message_id IS NOT DISTINCT FROM first.message_id AND {{renderable}}
           ORDER BY m.id LIMIT $3 FOR UPDATE SKIP LOCKED
      ) AS o
), taken AS (
    SELECT id, id AS mail FROM first UNION ALL SELECT id, mail FROM others
), claimed AS (
    UPDATE mail m SET state = CASE state WHEN 'IN_DOUBT' THEN 'IN_DOUBT' ELSE 'CLAIMED' END,
                      attempt = attempt + 1, next_at = $2
      FROM taken WHERE m.id = taken.id
    RETURNING m.*, taken.mail
)
SELECT {{line}}, m.mail, d.*, renewal.id AS renewal, renewal.requested_at, renewal.requester
  FROM claimed m
 CROSS JOIN LATERAL (SELECT {{recipient}}, {{account}}, {{organisation}}, r.state AS request_state, {VERSIONS} AS seen
                       FROM {DECIDING}) AS d
  LEFT JOIN LATERAL ({PENDING_RENEWALS.format(accounts="= m.account_id")}) AS renewal ON true
 ORDER BY m.id
"""  # noqa: S608 - only our own text

# Never waits: a line that somebody else holds is theirs, and two that wait for each other would stop both.
HOLD = """
SELECT m.id FROM mail m JOIN unnest($1::bigint[], $2::int[]) AS c (id, attempt) USING (id, attempt)
 WHERE m.ended_at IS NULL ORDER BY m.id FOR UPDATE OF m SKIP LOCKED
"""

RENEW = """
WITH held AS (
    SELECT m.id FROM mail m JOIN unnest($1::bigint[], $2::int[]) AS c (id, attempt) USING (id, attempt)
     WHERE m.ended_at IS NULL AND m.next_at < $3 ORDER BY m.id FOR UPDATE OF m SKIP LOCKED
)
UPDATE mail m SET next_at = $3 FROM held WHERE m.id = held.id
"""

MARK = """
UPDATE mail SET state = 'IN_DOUBT', doubts = doubts + 1, next_at = $5, message_id = $2,
                message = CASE WHEN id = $3 THEN $4::bytea END
 WHERE id = ANY($1::bigint[])
"""

# The mark and the second look for many mails: each is marked with all its lines, ours as ever, and what the first look
# saw unchanged, or not at all. Lines are locked by their ids, and whether they have ended is looked at only then: else
# PostgreSQL, where it believes that few are open, seeks them among all of these.
MARK_UNCHANGED = f"""
WITH asked AS (
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::text[], $5::text[], $6::bytea[])
        AS a (id, attempt, mail, seen, message_id, message)
), locked AS (
    SELECT m.id, m.ended_at, m.recipient_id, m.account_id, m.request_id, asked.mail, asked.seen
      FROM mail m JOIN asked USING (id, attempt) ORDER BY m.id FOR UPDATE OF m SKIP LOCKED
), held AS (
    SELECT m.mail FROM locked m WHERE m.ended_at IS NULL AND (SELECT {VERSIONS} FROM {DECIDING}) = m.seen
)
UPDATE mail m SET state = 'IN_DOUBT', doubts = doubts + 1, next_at = $7,
                  message_id = asked.message_id, message = asked.message
  FROM asked
 WHERE m.id = asked.id AND (SELECT count(*) FROM held WHERE held.mail = asked.mail)
                         = (SELECT count(*) FROM asked AS a WHERE a.mail = asked.mail)
RETURNING asked.mail
"""  # noqa: S608 - only our own text

# All lines of a mail or none: one that somebody else has by now was never sent by us alone.
END = """
WITH asked AS (
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
        AS a (id, attempt, mail, state, reason, ended_at, reply)
), locked AS (
    SELECT m.ended_at, asked.mail FROM mail m JOIN asked USING (id, attempt) ORDER BY m.id FOR UPDATE OF m
), held AS (
    SELECT mail FROM locked WHERE ended_at IS NULL
)
UPDATE mail m SET state = asked.state, reason = asked.reason, ended_at = asked.ended_at,
                  reply = coalesce(asked.reply, m.reply), message = NULL,
                  facts = CASE kind WHEN 'PASSWORD_RESET' THEN '{}' ELSE facts END
  FROM asked
 WHERE m.id = asked.id AND (SELECT count(*) FROM held WHERE held.mail = asked.mail)
                         = (SELECT count(*) FROM asked AS a WHERE a.mail = asked.mail)
RETURNING asked.mail
"""


async def claim(now: datetime, most: int, host: str = "") -> list[Claim]:
    """The oldest mails that may be sent now, so many at most, for a short lease; none while the host is barred.

    Those that this version cannot render are left. Each comes with a first look at what decides about its lines.
    """
    rows: list[Any] = await read(Mail, _claim(), now, now + CLAIM_LEASE, MAX_ROWS_PER_MAIL - 1, most, host)
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
        Claim(list(map(copy, lines)), {row.id: row["seen"] for row in lines}, facts, renewals)
        for lines in mails.values()
    ]


@cache
def _claim() -> str:
    return CLAIM.format(
        renderable=renderable("m"),
        line=columns_of(Mail, "m"),
        recipient=columns_of(User, "p", RECIPIENT),
        account=columns_of(Account, "a", ACCOUNT),
        organisation=columns_of(Organisation, "o", ORGANISATION),
    )


async def renew_leases(claims: Sequence[Claim], now: datetime) -> None:
    """Lengthen the leases on what is still ours; a line that somebody has locked keeps its own till the next time."""
    lines = [line for claim in claims for line in claim.lines]
    await fetch(RENEW, [line.id for line in lines], [line.attempt for line in lines], now + CLAIM_LEASE)


async def still_held(claim: Claim) -> list[Mail]:
    """The lines that are still ours, locked until the end of the transaction."""
    rows = await fetch(HOLD, [line.id for line in claim.lines], [line.attempt for line in claim.lines])
    held = {row["id"] for row in rows}
    return [line for line in claim.lines if line.id in held]


async def mark_in_doubt(claim: Claim, message: bytes, message_id: str, now: datetime) -> None:
    """Say that the bytes may be accepted from here on, and lease them; in the transaction that holds the lines."""
    await fetch(MARK, claim.names, message_id, claim.lines[0].id, message, now + LEASE)


async def mark_unchanged(mails: Sequence[tuple[Claim, bytes, str]], now: datetime) -> list[bool]:
    """Say so of mails, with their bytes and Message-IDs. False for one of which something may have changed."""
    asked = [
        (line.id, line.attempt, number, held.seen[line.id], message_id, None if place else message)
        for number, (held, message, message_id) in enumerate(mails)
        for place, line in enumerate(held.lines)
    ]
    marked = {row["mail"] for row in await fetch(MARK_UNCHANGED, *zip(*asked, strict=True), now + LEASE)}
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
    ended = {row["mail"] for row in await fetch(END, *zip(*asked, strict=True))}
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
