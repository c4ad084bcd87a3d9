"""The codes of refusals, and the exceptions that carry them."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Why something was refused; clients may branch on it. Messages are in ``catalogue/words``."""

    BELOW_MINIMUM = "BELOW_MINIMUM"
    """Fewer datapoints would be left than an account keeps."""
    ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
    """More than is possible."""
    NO_CHANGE = "NO_CHANGE"
    """The change would leave everything as it is."""
    SAME_LICENCE = "SAME_LICENCE"
    """The account has this licence already."""
    PERIOD_OUT_OF_RANGE = "PERIOD_OUT_OF_RANGE"
    """The period is not 1 to 60 months."""
    RTC_LINES_OUTSIDE_SPAIN = "RTC_LINES_OUTSIDE_SPAIN"
    """RTC lines exist in Spain only."""
    NEGATIVE = "NEGATIVE"
    """The number is under 0."""
    UNKNOWN_LICENCE = "UNKNOWN_LICENCE"
    """No code of a licence in the catalogue."""
    UNKNOWN_SECTOR = "UNKNOWN_SECTOR"
    """No code of a sector in the catalogue."""
    UNKNOWN_COUNTRY = "UNKNOWN_COUNTRY"
    """No code of a country in the catalogue."""
    UNKNOWN_TIME_ZONE = "UNKNOWN_TIME_ZONE"
    """No IANA name of a time zone."""
    FOREIGN_MAIL_DOMAIN = "FOREIGN_MAIL_DOMAIN"
    """The e-mail domain is not one of the organisation's own."""
    NAME_TAKEN = "NAME_TAKEN"
    """The organisation has an account of this name."""
    REQUIRED = "REQUIRED"
    """The field is empty."""
    TOO_LONG = "TOO_LONG"
    """The text has too many characters."""
    BAD_CHARACTERS = "BAD_CHARACTERS"
    """The text has characters that nobody sees, or that turn the text around them."""
    ACCOUNT_EXPIRED = "ACCOUNT_EXPIRED"
    """The account has expired: it can only be renewed."""
    ALREADY_PENDING = "ALREADY_PENDING"
    """Such a request of this account waits already; `request` points to it."""
    TOO_MANY_PENDING = "TOO_MANY_PENDING"
    """As many new accounts of the organisation wait as may: 50 unless set otherwise."""
    TOO_MANY_FILED = "TOO_MANY_FILED"
    """The viewer filed as many requests within an hour as one may: 200 unless set otherwise."""
    ALREADY_DECIDED = "ALREADY_DECIDED"
    """The request is final; `request` says who decided, and when."""
    OWN_REQUEST = "OWN_REQUEST"
    """Nobody decides a request that they filed."""
    REQUESTER_INACTIVE = "REQUESTER_INACTIVE"
    """Whoever filed the request may not file any more."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """The viewer's role does not do this."""
    REASON_REQUIRED = "REASON_REQUIRED"
    """A rejection needs a reason."""
    STALE = "STALE"
    """The account changed since the preview was shown; `changes` says what."""
    WRONG_CREDENTIALS = "WRONG_CREDENTIALS"
    """E-mail address and password do not fit."""
    WRONG_PASSWORD = "WRONG_PASSWORD"
    """The current password is another one."""
    WEAK_PASSWORD = "WEAK_PASSWORD"
    """The new password is short or common."""
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    """The password is right, and a code is needed too: sign in again with `code`."""
    WRONG_CODE = "WRONG_CODE"
    """The code is another one, too old, or used."""
    SECOND_FACTOR_IS_SET = "SECOND_FACTOR_IS_SET"
    """Codes are asked for already."""
    SECOND_FACTOR_NOT_SET = "SECOND_FACTOR_NOT_SET"
    """No codes are asked for."""
    SECOND_FACTOR_OFF = "SECOND_FACTOR_OFF"
    """This platform has no key to keep secrets of apps."""
    INVALID_TOKEN = "INVALID_TOKEN"
    """The link of the mail was used, or is too old."""
    MAIL_NOT_FAILED = "MAIL_NOT_FAILED"
    """The mail was sent, or still may be."""
    MAIL_IS_A_SECRET = "MAIL_IS_A_SECRET"
    """The mail held a secret, which is gone."""
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    """The key was used with another input."""
    NEWER_VERSION = "NEWER_VERSION"
    """Only a newer version of this server, which is being rolled out, can do it: try again later."""


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
