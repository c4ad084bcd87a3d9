"""A forgotten password: a secret for one use, sent by mail to the address of the user."""

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
"""As the mail says in words."""

MAX_OPEN_LINKS = 5
"""Of one person within LINK_LIFE, whoever asks for them."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A reset, and the secret that finishes it."""

    id: int
    token: str


async def begin(user: User) -> Begun | None:
    """Allow one change of this user's password to whoever has the secret, and to nobody with an earlier one.

    Only its digest is kept. None after MAX_OPEN_LINKS: the newest of them is still good, and nobody's mailbox is
    flooded.
    """
    token = new_token()
    now = clock.now()
    async with transaction():
        # The person first, as in finish: of two that are begun at the same moment, the later ends the other.
        await lock_person(user.id)
        if await PasswordReset.filter(user_id=user.id, created_at__gt=now - LINK_LIFE).count() >= MAX_OPEN_LINKS:
            return None
        await people.end_resets(user.id)
        kept = await PasswordReset.create(user=user, digest=digest(token), created_at=now, ends_at=now + LINK_LIFE)
        await record_on_user(Act.PASSWORD_RESET_ASKED, user, by=None)
    return Begun(kept.id, token)


async def finish(token: str, password: str, *, notify: NotifyUser) -> None:
    """Set the password that a secret allows, end all sessions. Raises: Refused (no such secret, used, late, weak)."""
    user = await User.get(id=await _user_id_of(token))
    _require_active(user)
    password_hash = await people.hash_strong(user, password, "newPassword")
    async with transaction():
        # The person first, then their secrets: of two that are used at the same moment, one finds itself used.
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
