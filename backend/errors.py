"""The codes of refusals, and the exceptions that carry them."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Why something was refused; clients may branch on it. Messages are in ``catalogue/words``."""

    BELOW_MINIMUM = "BELOW_MINIMUM"
    ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
    NO_CHANGE = "NO_CHANGE"
    SAME_LICENCE = "SAME_LICENCE"
    PERIOD_OUT_OF_RANGE = "PERIOD_OUT_OF_RANGE"
    RTC_LINES_OUTSIDE_SPAIN = "RTC_LINES_OUTSIDE_SPAIN"
    NEGATIVE = "NEGATIVE"
    UNKNOWN_LICENCE = "UNKNOWN_LICENCE"
    UNKNOWN_SECTOR = "UNKNOWN_SECTOR"
    UNKNOWN_COUNTRY = "UNKNOWN_COUNTRY"
    UNKNOWN_TIME_ZONE = "UNKNOWN_TIME_ZONE"
    FOREIGN_MAIL_DOMAIN = "FOREIGN_MAIL_DOMAIN"
    NAME_TAKEN = "NAME_TAKEN"
    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    BAD_CHARACTERS = "BAD_CHARACTERS"
    ACCOUNT_EXPIRED = "ACCOUNT_EXPIRED"
    ALREADY_PENDING = "ALREADY_PENDING"
    TOO_MANY_PENDING = "TOO_MANY_PENDING"
    TOO_MANY_FILED = "TOO_MANY_FILED"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    OWN_REQUEST = "OWN_REQUEST"
    REQUESTER_INACTIVE = "REQUESTER_INACTIVE"
    NOT_ALLOWED = "NOT_ALLOWED"
    REASON_REQUIRED = "REASON_REQUIRED"
    STALE = "STALE"
    WRONG_CREDENTIALS = "WRONG_CREDENTIALS"
    WRONG_PASSWORD = "WRONG_PASSWORD"
    WEAK_PASSWORD = "WEAK_PASSWORD"
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    WRONG_CODE = "WRONG_CODE"
    SECOND_FACTOR_IS_SET = "SECOND_FACTOR_IS_SET"
    SECOND_FACTOR_NOT_SET = "SECOND_FACTOR_NOT_SET"
    SECOND_FACTOR_OFF = "SECOND_FACTOR_OFF"
    INVALID_TOKEN = "INVALID_TOKEN"
    MAIL_NOT_FAILED = "MAIL_NOT_FAILED"
    MAIL_IS_A_SECRET = "MAIL_IS_A_SECRET"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    NEWER_VERSION = "NEWER_VERSION"


@dataclass(frozen=True, slots=True)
class Problem:
    """One error that the user can correct: its code, the input's field, and the values of its message."""

    code: Code
    field: str | None = None
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    request_id: int | None = None
    """The request that is in the way, if one is."""
    changes: tuple[Any, ...] = ()
    """What changed since the preview was shown, as ``FieldChange``."""


class Refused(Exception):
    """The call breaks rules, by errors that the user can correct; nothing was changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(problem.code for problem in self.problems))

    @classmethod
    def because(cls, code: Code, field: str | None = None, **values: Any) -> "Refused":
        """A refusal with one problem."""
        return cls([Problem(code, field, values)])


class NotSignedIn(Exception):
    """Nobody is signed in, or the session has ended."""


class Forbidden(Exception):
    """The viewer's role may not do this, whatever the object."""


class NotFound(Exception):
    """There is no such object, or it belongs to somebody else: the answer is the same."""


class BadInput(Exception):
    """The client sent a malformed value: an id, a cursor, or a page size out of bounds."""


class CannotBeWritten(Exception):
    """A mail cannot be rendered from its row of the ledger; the log says why."""


class InFlight(Exception):
    """The first call with this idempotency key is still under way: a later retry gets its answer."""


class TooManyAttempts(Exception):
    """Refused for a while to slow down guessing; ``retry_after`` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"retry after {retry_after} s")
