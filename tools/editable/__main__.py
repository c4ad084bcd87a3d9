"""``emp`` of a checkout."""

from backend.cli.main import app

__all__ = ["app"]
