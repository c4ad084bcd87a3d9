"""The demo: people to sign in as, and data that shows every zone and every kind of request."""

from backend.demo.history import load_demo
from backend.demo.people import PASSWORD, ROLES

__all__ = ["PASSWORD", "ROLES", "load_demo"]
