"""``emp``, also as ``python -m``."""

from backend.cli import app

if __name__ == "__main__":
    app()
