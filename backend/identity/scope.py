"""Tenancy: a user sees what belongs to their organisation; Customer Success, of no organisation, sees everything.

The only place of this rule. What a role may do is another one (roles.py), which the caller has checked.
"""

from dataclasses import dataclass
from typing import TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

from backend.identity.models import User

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """The organisation whose rows somebody sees; None: every organisation's."""

    organisation_id: int | None

    @classmethod
    def of(cls, user: User) -> "Scope":
        """What this user sees."""
        return cls(user.organisation_id)

    @property
    def is_everything(self) -> bool:
        """Whether the rows of every organisation are in it."""
        return self.organisation_id is None

    def includes(self, organisation_id: int | None) -> bool:
        """Whether what belongs to this organisation, or to none, is in it."""
        return self.organisation_id in {None, organisation_id}

    def sql(self, column: str) -> tuple[str, *tuple[int, ...]]:
        """The condition on a column that holds an organisation's id: ``?`` in its text for the value that follows."""
        if self.organisation_id is None:
            return ("true",)
        return f"{column} = ?", self.organisation_id

    def queryset(self, model: type[M]) -> QuerySet[M]:
        """The rows of a model with the column ``organisation_id`` that are in it."""
        return model.all() if self.organisation_id is None else model.filter(organisation_id=self.organisation_id)
