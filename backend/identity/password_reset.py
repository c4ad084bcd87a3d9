"""Resetting a forgotten password: a single-use token, sent by mail to the user's address."""

from dataclasses import dataclass
from datetime import timedelta

from backend import clock
from backend.errors import Code, Refused
from backend.identity import people
from backend.identity.audit import Act, record_on_user
from backend.identity.locking import lock_person
from backend.identity.models import PasswordReset, User
from backend.identity.notify import NotifyUser
from backend.identity.tokens import digest, new_token
from backend.storage.database import transaction

LINK_LIFE = timedelta(hours=1)
"""The text of the mail names it too."""

MAX_OPEN_LINKS = 5
"""Links of one person within LINK_LIFE, whoever asks for them."""


@dataclass(frozen=True, slots=True)
class StartedReset:
    """A reset, and the token that finishes it."""

    id: int
    token: str


async def begin(user: User) -> StartedReset | None:
    """Make a token that allows one change of this user's password; earlier ones become invalid.

    Only its digest is stored. None after MAX_OPEN_LINKS within LINK_LIFE: the latest stays valid, and the user's
    mailbox is not flooded.
    """
    token = new_token()
    now = clock.now()
    async with transaction():
        # The person first, as in finish: of two concurrent calls the later ends the token of the other.
        await lock_person(user.id)
        if await PasswordReset.filter(user_id=user.id, created_at__gt=now - LINK_LIFE).count() >= MAX_OPEN_LINKS:
            return None
        await people.end_resets(user.id)
        reset = await PasswordReset.create(user=user, digest=digest(token), created_at=now, ends_at=now + LINK_LIFE)
        await record_on_user(Act.PASSWORD_RESET_ASKED, user, by=None)
    return StartedReset(reset.id, token)


async def finish(token: str, password: str, *, notify: NotifyUser) -> None:
    """Set a new password by a token, and end all sessions. Raises: Refused (token unknown, used, expired; weak)."""
    user = await User.get(id=await _user_id_of(token))
    _require_active(user)
    password_hash = await people.hash_strong(user, password, "newPassword")
    async with transaction():
        # The person first, then their tokens: of two concurrent calls one finds the token used.
        _require_active(await lock_person(user.id))
        await _user_id_of(token)
        await people.replace_password(user, password_hash, by=user, notify=notify)


async def _user_id_of(token: str) -> int:
    reset = await PasswordReset.filter(digest=digest(token), used_at=None).first()
    if reset is None or reset.ends_at <= clock.now():
        raise Refused.because(Code.INVALID_TOKEN, "token")
    return reset.user_id


def _require_active(user: User) -> None:
    if not user.is_active:
        raise Refused.because(Code.INVALID_TOKEN, "token")
