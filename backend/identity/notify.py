"""How a user hears that their ways in were changed: callers of this room say how, since mail lies above it."""

from typing import Protocol

from backend.identity.audit import Act
from backend.identity.models import User


class NotifyUser(Protocol):
    """Tells a user of an act on their credentials; called in the act's own transaction.

    ``device`` is the one that the act is about, if it is about one.
    """

    async def __call__(self, act: Act, user: User, *, device: str = "") -> None: ...
