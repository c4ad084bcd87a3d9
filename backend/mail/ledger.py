"""What is inserted in the ledger by its cause, in the cause's own transaction (docs/mail.md, Causes)."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict
from uuid import uuid4

from backend import clock
from backend.accounts.changes import StoredChange
from backend.identity.audit import Act
from backend.identity.models import User
from backend.mail.models import MailKind, Reason
from backend.storage.batch import Statement, execute_together
from backend.storage.database import fetch

TO_CUSTOMER_SUCCESS = """
INSERT INTO mail (key, kind, recipient_id, request_id, facts, due_at, next_at, created_at)
SELECT concat_ws(':', 'filed', a.request_id, p.id), ?, p.id, a.request_id, ?::jsonb, a.at, a.at, a.at
  FROM person p CROSS JOIN (SELECT ?::bigint, ?::timestamptz) AS a (request_id, at)
 WHERE p.role = 'CUSTOMER_SUCCESS' AND p.is_active
ON CONFLICT (key) DO NOTHING
"""

TO_ONE = """
INSERT INTO mail (key, kind, recipient_id, request_id, facts, due_at, next_at, created_at)
SELECT ?, ?, ?::bigint, ?::bigint, ?::jsonb, a.at, a.at, a.at FROM (SELECT ?::timestamptz) AS a (at)
ON CONFLICT (key) DO NOTHING
"""

CANCEL_MAILS_OF_TERM = """
UPDATE mail SET state = 'CANCELLED', reason = 'renewed', ended_at = $3
 WHERE account_id = $1 AND expires_on = $2 AND state IN ('WAITING', 'CLAIMED') AND kind = ANY($4::text[])
"""

CANCEL_EARLIER_LINKS = """
UPDATE mail SET state = 'CANCELLED', reason = 'link_replaced', ended_at = $2, facts = '{}'::jsonb
 WHERE recipient_id = $1 AND kind = 'PASSWORD_RESET' AND state IN ('WAITING', 'CLAIMED')
"""

END_WHAT_WAS_DUE = """
UPDATE mail SET state = CASE state WHEN 'IN_DOUBT' THEN 'UNKNOWN' ELSE 'CANCELLED' END, reason = $2, ended_at = $1
 WHERE due_at <= $1 AND state IN ('WAITING', 'CLAIMED', 'IN_DOUBT')
"""


class RequestFacts(TypedDict):
    """What a mail about a request is written from; the mail room knows types of requests by their words alone."""

    type: str
    account_name: str
    client_name: str
    organisation_name: str
    requester_name: str
    comment: str
    decision: str | None
    decider_name: str | None
    reason: str | None
    mail_domain: str | None
    changes: Sequence[StoredChange]
    request_link_id: str
    account_link_id: str | None


def request_filed(*, request_id: int, facts: RequestFacts) -> Statement:
    """A mail to each of Customer Success about a request that was filed."""
    return Statement(TO_CUSTOMER_SUCCESS, (MailKind.REQUEST_FILED.value, json.dumps(facts), request_id, clock.now()))


def request_decided(*, request_id: int, requester_id: int, facts: RequestFacts) -> Statement:
    """A mail to the requester about the decision."""
    return _to_one(f"decided:{request_id}:{requester_id}", MailKind.REQUEST_DECIDED, requester_id, request_id, facts)


async def password_reset(*, user_id: int, reset_id: int, token: str) -> None:
    """A mail with the link to set a new password; the token leaves the ledger when the mail has ended.

    An earlier one that has not gone out does not: its link does nothing any more.
    """
    await fetch(CANCEL_EARLIER_LINKS, user_id, clock.now())
    await execute_together(
        _to_one(f"reset:{reset_id}:{user_id}", MailKind.PASSWORD_RESET, user_id, None, {"token": token})
    )


async def new_sign_in(*, user_id: int, session_key: str, device: str) -> None:
    """A mail to a user about a sign-in from a device not seen before."""
    facts = {"device": device, "at": clock.now().isoformat()}
    await execute_together(_to_one(f"sign_in:{session_key}:{user_id}", MailKind.NEW_SIGN_IN, user_id, None, facts))


async def credentials_changed(act: Act, user: User, *, device: str = "") -> None:
    """A mail to a user whose ways in were changed, by themselves or by somebody else."""
    facts = {"act": act.value, "at": clock.now().isoformat(), "device": device}
    await execute_together(
        _to_one(f"credentials:{uuid4().hex}:{user.id}", MailKind.CREDENTIALS_CHANGED, user.id, None, facts)
    )


async def cancel_reminders(*, account_id: int, expires_on: date) -> None:
    """End the open reminders of a term that a renewal has replaced; called in the renewal's transaction.

    What only a newer version knows is left to its own look before it is sent.
    """
    known = [kind.value for kind in MailKind.known()]
    await fetch(CANCEL_MAILS_OF_TERM, account_id, expires_on, clock.now(), known)


async def end_what_was_due(reason: Reason) -> None:
    """End every open mail that was due before now, unsent; of one in doubt nobody knows."""
    await fetch(END_WHAT_WAS_DUE, clock.now(), reason)


def _to_one(key: str, kind: MailKind, user_id: int, request_id: int | None, facts: Mapping[str, Any]) -> Statement:
    return Statement(TO_ONE, (key, kind.value, user_id, request_id, json.dumps(facts), clock.now()))
