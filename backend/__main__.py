"""``emp``, also as ``python -m``."""

from backend.cli.main import app

if __name__ == "__main__":
    app()
