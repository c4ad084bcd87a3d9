"""``emp`` of a checkout."""

from backend.cli import app

__all__ = ["app"]
