"""``emp`` of a checkout."""

from backend.__main__ import app

__all__ = ["app"]
