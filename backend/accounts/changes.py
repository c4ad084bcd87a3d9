"""The fields of an account that a change may touch, and the differences between two states of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from backend.accounts.models import Account
from backend.stored_enums import StoredEnum


class AccountField(StoredEnum):
    """A field of an account, in the order in which differences are shown."""

    NAME = "NAME"
    """The account's name."""
    CLIENT_NAME = "CLIENT_NAME"
    """Whom it is for."""
    LICENCE = "LICENCE"
    """Its licence, by code."""
    DATAPOINTS = "DATAPOINTS"
    """How many datapoints are contracted."""
    SECTOR = "SECTOR"
    """Its sector, by code."""
    COUNTRY = "COUNTRY"
    """Its country, by code."""
    RTC_LINES = "RTC_LINES"
    """Meters read by modem."""
    MAIL_DOMAIN = "MAIL_DOMAIN"
    """The domain that its mails come from."""
    STARTS_ON = "STARTS_ON"
    """The first day of its term."""
    EXPIRES_ON = "EXPIRES_ON"
    """The last day of its term."""
    OTHER = "OTHER"
    """One that only a newer version knows."""

    def text_in(self, account: Account) -> str | None:
        """The field's value as text: digits, ISO 8601 or a code; None where there is none."""
        value = getattr(account, self.value.lower())
        if value is None:
            return None
        return value.isoformat() if isinstance(value, date) else str(value)


class StoredChange(TypedDict):
    """A difference as it is stored."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's value before and after, both as text; the field by the name of its ``AccountField``, as stored."""

    field: str
    before: str | None
    after: str | None

    def to_json(self) -> StoredChange:
        """As it is stored."""
        return StoredChange(field=str(self.field), before=self.before, after=self.after)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "FieldChange":
        """As it was stored."""
        return cls(stored["field"], stored["before"], stored["after"])


def differences(before: Account, after: Account) -> list[FieldChange]:
    """The fields whose values differ."""
    return [
        FieldChange(field, field.text_in(before), field.text_in(after))
        for field in AccountField.known()
        if field.text_in(before) != field.text_in(after)
    ]
