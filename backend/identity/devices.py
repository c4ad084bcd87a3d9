"""The devices that a user is signed in on: one for each open session."""

from dataclasses import dataclass
from datetime import datetime

from backend import clock
from backend.errors import NotFound
from backend.identity import sessions
from backend.identity.models import Session, User
from backend.storage.database import fetch

DEVICES = """
SELECT s.id, s.kind, s.device, s.created_at, max(t.seen_at) AS seen_at
  FROM session s JOIN session_token t ON t.session_id = s.id
 WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.ends_at > $2
 GROUP BY s.id HAVING bool_or(t.used_at IS NULL AND t.ends_at > $2)
 ORDER BY seen_at DESC, s.id DESC
"""


@dataclass(frozen=True, slots=True)
class Device:
    """A device that a user is signed in on; ``last_seen_at`` is exact to REFRESH_SEEN_AFTER_S."""

    session_id: int
    kind: str
    """The name of a ``SessionKind``, as stored."""
    name: str
    signed_in_at: datetime
    last_seen_at: datetime


async def devices_of(user: User) -> list[Device]:
    """The devices that a user is signed in on now, the latest used first."""
    return [
        Device(row["id"], row["kind"], row["device"], row["created_at"], row["seen_at"])
        for row in await fetch(DEVICES, user.id, clock.now())
    ]


async def sign_out_device(session_id: int, *, by: User) -> None:
    """End one of the user's own sessions; nothing happens if it has ended. Raises: NotFound."""
    if not await Session.filter(id=session_id, user_id=by.id).exists():
        raise NotFound
    await sessions.end(session_id)
