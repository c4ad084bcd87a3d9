"""Sessions: opaque tokens, stored as digests, revocable at once. A cookie for the page, two tokens for phones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import structlog

from backend import clock
from backend.errors import Code, NotSignedIn, Refused
from backend.identity.audit import Act, record_on_user
from backend.identity.models import Organisation, Session, SessionToken, User
from backend.identity.notify import NotifyUser
from backend.identity.tokens import digest, new_token
from backend.settings import settings
from backend.storage.database import fetch, transaction
from backend.storage.pool import caller
from backend.storage.rows import columns_of, prefix_of, read
from backend.stored_enums import StoredEnum
from backend.texts import is_control

log = structlog.get_logger()


class SessionKind(StoredEnum):
    """The kind of client, which decides its tokens."""

    PAGE = "PAGE"
    """In a cookie that scripts cannot read."""
    PHONE = "PHONE"
    """By a short access token and a refresh token that is good for one use."""
    OTHER = "OTHER"
    """One that only a newer version knows."""


class TokenKind(StrEnum):
    """What a token is used for."""

    COOKIE = "COOKIE"
    ACCESS = "ACCESS"
    REFRESH = "REFRESH"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its client receives it, once."""

    text: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The tokens of a phone: a short-lived access token, and a single-use refresh token."""

    access: Token
    refresh: Token


Credentials = Token | TokenPair
"""The tokens of a session: a page's cookie, or a phone's pair."""


@dataclass(frozen=True, slots=True)
class AuthenticatedSession:
    """A user, as a row with their organisation, their session, and how often its tokens have been renewed."""

    user: User
    session_id: int
    renewals: int


SIGNED_IN = """
SELECT {person}, {organisation}, t.id AS token_id, t.seen_at AS token_seen_at, s.id AS session_id, s.renewals
  FROM session_token t JOIN session s ON s.id = t.session_id JOIN person p ON p.id = s.user_id
  LEFT JOIN organisation o ON o.id = p.organisation_id
 WHERE t.digest = $1 AND t.kind = $2
   AND s.ended_at IS NULL AND s.ends_at > $3 AND t.ends_at > $3 AND p.is_active
"""

RENEWALS = """
SELECT s.renewals FROM session s JOIN session_token t ON t.session_id = s.id
 WHERE s.id = $1 AND s.ended_at IS NULL AND s.ends_at > $2 AND t.ends_at > $2 LIMIT 1
"""

REFRESH_GRACE = timedelta(seconds=30)
"""How long after a refresh the same token may be sent again, because the answer was lost."""

# Without digits: version numbers of browsers change with every update.
IS_NEW_DEVICE = """
SELECT EXISTS (SELECT 1 FROM session WHERE user_id = $1) AND NOT EXISTS (
           SELECT 1 FROM session WHERE user_id = $1
              AND regexp_replace(device, '[0-9.]+', '', 'g') = regexp_replace($2, '[0-9.]+', '', 'g')
       ) AS is_new
"""

MAX_DEVICE_NAME_LENGTH = 200

REFRESH_SEEN_AFTER_S = 60
"""Between two updates of a token's last use: a write for each request would cost more than the request."""


class TokenReused(NotSignedIn):
    """A refresh token was used twice: its session has ended, and its user was notified."""


def device_name(given_name: str | None, user_agent: str) -> str:
    """The name of a session's device: the one that its client gives, else the User-Agent header.

    Raises: Refused (the given name has control or bidirectional characters, which could forge audit log lines).
    """
    if given_name and any(map(is_control, given_name)):
        raise Refused.because(Code.BAD_CHARACTERS, "device")
    # Nobody can correct a browser's header: such characters are left out.
    return given_name or "".join(char for char in user_agent if not is_control(char))


async def is_new_device(user: User, device: str) -> bool:
    """Whether the user has signed in before, but never on a device of this name."""
    rows = await fetch(IS_NEW_DEVICE, user.id, device[:MAX_DEVICE_NAME_LENGTH])
    return bool(rows[0]["is_new"])


async def open_page_session(user: User, device: str) -> Token:
    """Open a session for a page; the token goes into its cookie."""
    async with transaction():
        session = await _open(user, SessionKind.PAGE, device, clock.now() + settings().session_absolute)
        return await _issue(session, TokenKind.COOKIE, clock.now() + settings().session_idle)


async def open_phone_session(user: User, device: str) -> TokenPair:
    """Open a session for a phone."""
    async with transaction():
        session = await _open(user, SessionKind.PHONE, device, clock.now() + settings().refresh_token_life)
        return await _issue_pair(session)


async def holder_of(token: str, kind: TokenKind) -> AuthenticatedSession:
    """The session of this token, which must be of this kind. Raises: NotSignedIn.

    Names the person as the ``caller`` of this task, by whom the pool shares its connections.
    """
    caller.set(f"token:{digest(token)}")
    rows: Sequence[Any] = await read(User, _signed_in(), digest(token), kind.value, clock.now(), joined="organisation")
    if not rows:
        raise NotSignedIn
    row = rows[0]
    caller.set(f"person:{row.pk}")
    await _note_use(row["token_id"], row["token_seen_at"])
    return AuthenticatedSession(row, row["session_id"], row["renewals"])


async def renewals_of(session_id: int) -> int | None:
    """How often the tokens of a session were renewed; None when the session or all its tokens have ended."""
    rows = await fetch(RENEWALS, session_id, clock.now())
    return rows[0]["renewals"] if rows else None


async def refresh(token: str, *, notify: NotifyUser) -> TokenPair:
    """Exchange a refresh token for a new pair. Raises: NotSignedIn; as TokenReused, when that ended the session.

    A token that was used before ends its whole session: it, or the answer to it, was stolen. An answer that the network
    lost is told apart by time: within REFRESH_GRACE the same token gets another pair, which replaces the lost one,
    unless that has been used.
    """
    async with transaction():
        session = await lock_open((await _refresh_token(token)).session_id)
        if not (await session.user).is_active:
            raise NotSignedIn
        # Read again under the lock: another call may have used the token while this one waited.
        refresh_token = await _refresh_token(token)
        if refresh_token.used_at is None or await _answer_was_lost(refresh_token, session):
            return await _exchange(refresh_token, session)
        user = await _end(session)
        await record_on_user(Act.REFRESH_TOKEN_REUSED, user, by=None, device=session.device)
        await notify(Act.REFRESH_TOKEN_REUSED, user, device=session.device)
    log.warning("a refresh token was used again: its session has ended", session_id=session.id)
    raise TokenReused


async def _refresh_token(token: str) -> SessionToken:
    stored = await SessionToken.filter(digest=digest(token), kind=TokenKind.REFRESH.value).first()
    if stored is None:
        raise NotSignedIn
    return stored


async def _answer_was_lost(refresh_token: SessionToken, session: Session) -> bool:
    assert refresh_token.used_at is not None
    later = SessionToken.filter(session_id=session.id, kind=TokenKind.REFRESH.value, id__gt=refresh_token.id)
    # A token that was replaced unused ends before its session; one that was exchanged does not.
    return (
        clock.now() - refresh_token.used_at <= REFRESH_GRACE
        and not await later.filter(used_at__not_isnull=True, ends_at=session.ends_at).exists()
    )


async def _exchange(refresh_token: SessionToken, session: Session) -> TokenPair:
    now = clock.now()
    if refresh_token.used_at is None:
        await SessionToken.filter(id=refresh_token.id).update(used_at=now)
    later = SessionToken.filter(session_id=session.id, kind=TokenKind.REFRESH.value, id__gt=refresh_token.id)
    await later.filter(used_at=None).update(used_at=now, ends_at=now)
    await SessionToken.filter(session_id=session.id, kind=TokenKind.ACCESS.value).delete()
    return await _issue_pair(session)


async def lock_open(session_id: int) -> Session:
    """Lock a session that is open until the transaction ends. Raises: NotSignedIn.

    A transaction that locks the session's user too does so first.
    """
    session = await _lock(session_id)
    if session is None or session.ends_at <= clock.now():
        raise NotSignedIn
    return session


async def renew(session_id: int) -> Credentials:
    """Replace all tokens of a session: copies of the earlier ones become invalid.

    In a transaction that has locked its user. Raises: NotSignedIn (the session has ended), Refused (the session is of a
    kind of a newer version).
    """
    session = await lock_open(session_id)
    # Deleted, not marked as used: a used refresh token would be taken for one whose answer was lost.
    await SessionToken.filter(session_id=session_id).delete()
    await Session.filter(id=session_id).update(renewals=session.renewals + 1)
    match SessionKind(session.kind):
        case SessionKind.PHONE:
            return await _issue_pair(session)
        case SessionKind.PAGE:
            return await _issue(session, TokenKind.COOKIE, clock.now() + settings().session_idle)
    raise Refused.because(Code.NEWER_VERSION)


async def end(session_id: int) -> None:
    """End a session, with every token of it; nothing happens if it has ended."""
    async with transaction():
        session = await _lock(session_id)
        if session is None:
            return
        user = await _end(session)
        await record_on_user(Act.SIGNED_OUT, user, by=user, device=session.device)


async def end_all(user_id: int, *, keep: int | None = None) -> None:
    """End every session of a user, except one if given."""
    sessions = Session.filter(user_id=user_id, ended_at=None)
    await (sessions.exclude(id=keep) if keep else sessions).update(ended_at=clock.now())


async def end_everybodys() -> None:
    """End every session of every user."""
    await Session.filter(ended_at=None).update(ended_at=clock.now())


async def _open(user: User, kind: SessionKind, device: str, ends_at: datetime) -> Session:
    session = await Session.create(
        user_id=user.id,
        kind=kind.value,
        device=device[:MAX_DEVICE_NAME_LENGTH],
        created_at=clock.now(),
        ends_at=ends_at,
    )
    await record_on_user(Act.SIGNED_IN, user, by=user, device=session.device, kind=session.kind)
    return session


async def _lock(session_id: int) -> Session | None:
    return await Session.filter(id=session_id, ended_at=None).select_for_update().first()


async def _end(session: Session) -> User:
    session.ended_at = clock.now()
    await session.save(update_fields=["ended_at"])
    return await User.get(id=session.user_id)


async def _issue_pair(session: Session) -> TokenPair:
    return TokenPair(
        access=await _issue(session, TokenKind.ACCESS, clock.now() + settings().access_token_life),
        refresh=await _issue(session, TokenKind.REFRESH, session.ends_at),
    )


async def _issue(session: Session, kind: TokenKind, ends_at: datetime) -> Token:
    text = new_token()
    ends_at = min(ends_at, session.ends_at)
    await SessionToken.create(
        session_id=session.id,
        kind=kind.value,
        digest=digest(text),
        created_at=clock.now(),
        seen_at=clock.now(),
        ends_at=ends_at,
    )
    return Token(text, ends_at)


async def _note_use(token_id: int, seen_at: datetime) -> None:
    now = clock.now()
    if (now - seen_at).total_seconds() < REFRESH_SEEN_AFTER_S:
        return
    await SessionToken.filter(id=token_id).update(seen_at=now)
    await SessionToken.filter(id=token_id, kind=TokenKind.COOKIE.value).update(ends_at=now + settings().session_idle)


@cache
def _signed_in() -> str:
    organisation = columns_of(Organisation, "o", prefix_of("organisation"))
    return SIGNED_IN.format(person=columns_of(User, "p"), organisation=organisation)
