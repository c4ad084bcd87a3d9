"""What each role may do: one table, read by the API, by ``allowedActions`` and by the tests."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from backend.errors import Forbidden
from backend.settings import settings
from backend.stored_enums import StoredEnum


class Role(StoredEnum):
    """The role of a user, who has exactly one."""

    SUPER_ADMIN = "SUPER_ADMIN"
    """Manages the accounts of their own organisation."""
    MEMBER = "MEMBER"
    """Belongs to an organisation and sees its home page."""
    CUSTOMER_SUCCESS = "CUSTOMER_SUCCESS"
    """The platform's own staff, who decide requests."""
    OTHER = "OTHER"
    """One that only a newer version knows."""


class RoleHolder(Protocol):
    """The attributes of a user that permissions depend on; ``models.User`` has them."""

    @property
    def role(self) -> Role:
        """The user's only role, or its text as it is stored."""

    @property
    def second_factor_since(self) -> datetime | None:
        """When the user set up a second factor; None without one."""


class Permission(StrEnum):
    """Something that a role may do."""

    SEE_HOME = "SEE_HOME"
    SEE_SECTION = "SEE_SECTION"
    FILE_REQUESTS = "FILE_REQUESTS"
    WITHDRAW_REQUESTS = "WITHDRAW_REQUESTS"
    DECIDE_REQUESTS = "DECIDE_REQUESTS"
    READ_AUDIT_LOG = "READ_AUDIT_LOG"
    TEND_MAIL = "TEND_MAIL"


GRANTED: Mapping[Role, frozenset[Permission]] = {
    Role.SUPER_ADMIN: frozenset(
        {
            Permission.SEE_HOME,
            Permission.SEE_SECTION,
            Permission.FILE_REQUESTS,
            Permission.WITHDRAW_REQUESTS,
            Permission.READ_AUDIT_LOG,
        }
    ),
    Role.MEMBER: frozenset({Permission.SEE_HOME}),
    Role.CUSTOMER_SUCCESS: frozenset(
        {Permission.SEE_SECTION, Permission.DECIDE_REQUESTS, Permission.READ_AUDIT_LOG, Permission.TEND_MAIL}
    ),
    Role.OTHER: frozenset(),
}


def may(user: RoleHolder, permission: Permission) -> bool:
    """Whether the user's role grants the permission, and they have the second factor that the settings demand."""
    return permission in GRANTED[Role(user.role)] and not must_set_second_factor(user)


def must_set_second_factor(user: RoleHolder) -> bool:
    """Whether the settings demand a second factor that the user has not set up: until then they may do nothing."""
    return (
        settings().customer_success_needs_second_factor
        and user.role == Role.CUSTOMER_SUCCESS
        and user.second_factor_since is None
    )


def require(user: RoleHolder, permission: Permission) -> None:
    """Raises: Forbidden, unless the user's role grants the permission."""
    if not may(user, permission):
        raise Forbidden
