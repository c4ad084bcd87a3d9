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
from backend.mail.ledger_sql import LEDGER_SQL
from backend.mail.models import MailKind, Reason
from backend.storage.batch import Statement, execute_together
from backend.storage.database import execute


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
    return Statement(
        LEDGER_SQL["insert_for_customer_success"],
        (MailKind.REQUEST_FILED.value, json.dumps(facts), request_id, clock.now()),
    )


def request_decided(*, request_id: int, requester_id: int, facts: RequestFacts) -> Statement:
    """A mail to the requester about the decision."""
    return _to_one(f"decided:{request_id}:{requester_id}", MailKind.REQUEST_DECIDED, requester_id, request_id, facts)


async def password_reset(*, user_id: int, reset_id: int, token: str) -> None:
    """A mail with the link to set a new password; the token leaves the ledger when the mail has ended.

    An earlier one that has not gone out does not: its link does nothing any more.
    """
    await execute(LEDGER_SQL["cancel_earlier_links"], user_id, clock.now())
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
    await execute(LEDGER_SQL["cancel_mails_of_term"], account_id, expires_on, clock.now(), known)


async def end_what_was_due(reason: Reason) -> None:
    """End every open mail that was due before now, unsent; of one in doubt nobody knows."""
    await execute(LEDGER_SQL["end_what_was_due"], clock.now(), reason)


def _to_one(key: str, kind: MailKind, user_id: int, request_id: int | None, facts: Mapping[str, Any]) -> Statement:
    return Statement(
        LEDGER_SQL["insert_for_user"], (key, kind.value, user_id, request_id, json.dumps(facts), clock.now())
    )
