"""Idempotency: a call with a key that its user has used before gets the first answer, and changes nothing.

The guide says what each mutation does when it is sent again (docs/api.md, When an answer is lost).
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from asyncpg import LockNotAvailableError

from backend import clock
from backend.accounts.changes import FieldChange
from backend.errors import BadInput, Code, InFlight, Problem, Refused
from backend.identity.models import User
from backend.requests.models import ChangeRequest, RememberedAnswer
from backend.requests.quotas import PASS_BY_THEMSELVES
from backend.storage.database import fetch, transaction
from backend.storage.retry import retry_on_conflict

MAX_KEY_LENGTH = 200

REMEMBER = """
INSERT INTO remembered_answer (user_id, key, fingerprint, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key that a client chose, and the arguments of its call, as JSON has them."""

    text: str
    arguments: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the arguments in hexadecimal. It is stored: other versions must compute the same."""
        return hashlib.sha256(json.dumps(self.arguments, sort_keys=True, default=str).encode()).hexdigest()


UseCase = Callable[[], Awaitable[ChangeRequest]]


async def idempotent(act: UseCase, *, by: User, key: IdempotencyKey | None) -> ChangeRequest:
    """Run a use case in one transaction, or return the first answer to its key: a request, or the same refusal.

    The answer is stored in the transaction of the use case: a crash leaves both or neither. ``act`` must write nothing
    before it refuses, since a refusal is stored and committed too. Refusals in PASS_BY_THEMSELVES are not stored: the
    same key may succeed later. The whole transaction is retried when PostgreSQL rolled it back because of another one.
    A call with the same key waits for the first. Without a key nothing is stored.

    Raises: BadInput (the key is empty or longer than MAX_KEY_LENGTH), Refused (also: the key came with other
    arguments), InFlight (the first call is still under way after PostgreSQL's lock timeout).
    """
    if key is None:
        return await retry_on_conflict(lambda: _in_transaction(act))
    if not 0 < len(key.text) <= MAX_KEY_LENGTH:
        raise BadInput
    return await retry_on_conflict(lambda: _remembered(act, by, key))


async def _in_transaction(act: UseCase) -> ChangeRequest:
    async with transaction():
        return await act()


async def _remembered(act: UseCase, by: User, key: IdempotencyKey) -> ChangeRequest:
    fingerprint = key.fingerprint
    refusal: Refused | None = None
    async with transaction():
        try:
            stored = await _insert_key(by, key.text, fingerprint)
        except LockNotAvailableError:
            raise InFlight from None
        if isinstance(stored, RememberedAnswer):
            return await _first_answer(stored, fingerprint)
        try:
            request = await act()
            answer: dict[str, Any] = {"request": request.id}
        except Refused as refused:
            if not PASS_BY_THEMSELVES.isdisjoint(problem.code for problem in refused.problems):
                raise
            refusal, answer = refused, {"problems": [_to_json(problem) for problem in refused.problems]}
        await RememberedAnswer.filter(id=stored).update(answer=answer)
    if refusal is not None:
        raise refusal
    return request


async def _insert_key(by: User, key: str, fingerprint: str) -> int | RememberedAnswer:
    """The id of the new row that the answer is to be stored in, or the row with the first answer."""
    while True:
        rows = await fetch(REMEMBER, by.id, key, fingerprint, clock.now())
        if rows:
            return int(rows[0]["id"])
        remembered = await RememberedAnswer.filter(user_id=by.id, key=key).first()
        # None: it had expired, and was removed between the two statements.
        if remembered is not None:
            return remembered


async def _first_answer(remembered: RememberedAnswer, fingerprint: str) -> ChangeRequest:
    if remembered.fingerprint != fingerprint or remembered.answer is None:
        raise Refused.because(Code.IDEMPOTENCY_MISMATCH, "clientMutationId")
    if "problems" in remembered.answer:
        raise Refused(_from_json(stored) for stored in remembered.answer["problems"])
    if "request" not in remembered.answer:
        raise Refused.because(Code.NEWER_VERSION)
    return await ChangeRequest.get(id=remembered.answer["request"])


def _to_json(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "field": problem.field,
        "values": dict(problem.values),
        "request_id": problem.request_id,
        "changes": [change.to_json() for change in problem.changes],
    }


def _from_json(stored: Mapping[str, Any]) -> Problem:
    if stored["code"] not in Code.__members__:
        return Problem(Code.NEWER_VERSION, stored["field"], request_id=stored["request_id"])
    return Problem(
        Code(stored["code"]),
        stored["field"],
        stored["values"],
        stored["request_id"],
        tuple(FieldChange.from_json(change) for change in stored["changes"]),
    )
