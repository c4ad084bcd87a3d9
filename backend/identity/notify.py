"""The callback by which this room notifies a user of changed credentials: callers pass it, since mail is above it."""

from typing import Protocol

from backend.identity.audit import Act
from backend.identity.models import User


class NotifyUser(Protocol):
    """Notifies a user of an act on their credentials; called in the transaction of the act.

    ``device`` is the name of the device that the act concerns, if any.
    """

    async def __call__(self, act: Act, user: User, *, device: str = "") -> None: ...
