"""What is inserted in the ledger by its cause, in the cause's own transaction (mail.md, 1)."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from backend.accounts.changes import StoredChange


class RequestFacts(TypedDict):
    """What a mail about a request is written from."""

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


async def request_filed(*, request_id: int, facts: RequestFacts) -> None: ...


async def request_decided(*, request_id: int, requester_id: int, facts: RequestFacts) -> None: ...


async def cancel_reminders(*, account_id: int, expires_on: date) -> None: ...


async def password_reset(*, user_id: int, token: str) -> None: ...
