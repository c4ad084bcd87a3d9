"""The demo: people to sign in as, and data that shows every zone and every kind of request."""

from backend.demo.cast import PASSWORD, ROLES
from backend.demo.story import tell

__all__ = ["PASSWORD", "ROLES", "tell"]
