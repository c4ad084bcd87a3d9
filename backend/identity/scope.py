"""Tenancy: a user sees what belongs to their organisation; Customer Success, of no organisation, sees everything.

The only place of this rule. Permissions are another one (roles.py), which the caller has checked.
"""

from dataclasses import dataclass
from typing import TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

from backend.identity.models import User

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """The organisation whose rows are visible; None: every organisation's."""

    organisation_id: int | None

    @classmethod
    def of(cls, user: User) -> "Scope":
        """The scope of a user."""
        return cls(user.organisation_id)

    @property
    def is_everything(self) -> bool:
        """Whether the rows of every organisation are visible."""
        return self.organisation_id is None

    def includes(self, organisation_id: int | None) -> bool:
        """Whether a row of this organisation, or of none, is visible."""
        return self.organisation_id in {None, organisation_id}

    def sql(self, column: str) -> tuple[str, *tuple[int, ...]]:
        """The SQL condition on a column of organisations' ids, with ``?`` for the value that follows it."""
        if self.organisation_id is None:
            return ("true",)
        return f"{column} = ?", self.organisation_id

    def queryset(self, model: type[M]) -> QuerySet[M]:
        """The visible rows of a model with the column ``organisation_id``."""
        return model.all() if self.organisation_id is None else model.filter(organisation_id=self.organisation_id)
