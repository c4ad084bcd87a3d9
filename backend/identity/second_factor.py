"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

A code is valid in its own step of 30 seconds and STEPS_BESIDE steps before and after, and once: the step that was used
last is stored and only grows. A recovery code has 120 random bits, so that its digest does not reveal it, and is
deleted when used.
"""

import base64
import secrets
from dataclasses import dataclass

import pyotp
import segno
import structlog
from pyotp.utils import strings_equal

from backend import clock
from backend.errors import Code, NotSignedIn, Refused
from backend.identity import sessions
from backend.identity.audit import Act, record_on_user
from backend.identity.encryption import can_encrypt, decrypt, encrypt
from backend.identity.locking import lock_person
from backend.identity.models import RecoveryCode, SecondFactor, User
from backend.identity.notify import NotifyUser
from backend.identity.sessions import Credentials
from backend.identity.throttle import Throttle
from backend.identity.tokens import digest
from backend.storage.database import execute, fetch, transaction

log = structlog.get_logger()

ISSUER = "Account desk"

STEP_S = 30
STEPS_BESIDE = 1
"""Steps that an app's clock may be fast or slow."""

RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 15

BEGIN = """
INSERT INTO second_factor (user_id, sealed_secret, last_step) VALUES ($1, $2, 0)
ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = 0
"""

# Of two concurrent calls with the same code, one updates no row.
TAKE_STEP = """
UPDATE second_factor SET last_step = $2, sealed_secret = $3 WHERE user_id = $1 AND last_step < $2 RETURNING user_id
"""

TAKE_RECOVERY_CODE = "DELETE FROM recovery_code WHERE user_id = $1 AND digest = $2 RETURNING id"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a user's app scans: the secret, its ``otpauth:`` address, and that as a QR code (SVG in a data URI)."""

    secret: str
    uri: str
    picture: str


async def begin(user: User) -> Enrolment:
    """Make a secret for a user's app; no code is asked for before ``confirm``. Raises: Refused (set already, off)."""
    if not can_encrypt():
        raise Refused.because(Code.SECOND_FACTOR_OFF)
    secret = pyotp.random_base32()
    async with transaction():
        await _lock(user, is_set=False)
        await execute(BEGIN, user.id, encrypt(secret))
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return Enrolment(secret, uri, segno.make(uri).svg_data_uri(scale=4, light="white"))


async def confirm(user: User, code: str, *, session_id: int, notify: NotifyUser) -> tuple[list[str], Credentials]:
    """Turn the second factor on by a code of the app; only this session of the user continues.

    Returns recovery codes, and the session's new tokens. Raises: Refused, NotSignedIn.
    """
    async with transaction():
        await _lock(user, is_set=False)
        renewed = await sessions.renew(session_id)
        if not await _is_code_of_app(user, code):
            raise Refused.because(Code.WRONG_CODE, "code")
        await User.filter(id=user.id).update(second_factor_since=clock.now())
        await sessions.end_all(user.id, keep=session_id)
        await record_on_user(Act.SECOND_FACTOR_SET, user, by=user)
        await notify(Act.SECOND_FACTOR_SET, user)
        return await _new_recovery_codes(user), renewed


async def renew_recovery_codes(user: User, *, session_id: int, notify: NotifyUser) -> list[str]:
    """Replace the recovery codes of a user who has just proved both factors in this session.

    Raises: Refused (not set), NotSignedIn (the session has ended, or a factor was replaced, since).
    """
    async with transaction():
        await _lock(user, is_set=True)
        await sessions.lock_open(session_id)
        await record_on_user(Act.RECOVERY_CODES_RENEWED, user, by=user)
        await notify(Act.RECOVERY_CODES_RENEWED, user)
        return await _new_recovery_codes(user)


async def remove(user: User, *, session_id: int, notify: NotifyUser) -> Credentials:
    """Turn the second factor off for a user who has just proved both factors; only this session continues.

    Returns the session's new tokens. Raises: Refused (not set), NotSignedIn (the session has ended, or a factor was
    replaced, since).
    """
    async with transaction():
        await _lock(user, is_set=True)
        renewed = await sessions.renew(session_id)
        await _remove(user, by=user, notify=notify, keep_session=session_id)
    return renewed


async def remove_for(user: User, *, notify: NotifyUser) -> None:
    """Turn the second factor off for a user who lost their app, from the command line; every session ends.

    Raises: Refused (not set).
    """
    async with transaction():
        _require_set((await lock_person(user.id)), is_set=True)
        await _remove(user, by=None, notify=notify, keep_session=None)


async def _remove(user: User, *, by: User | None, notify: NotifyUser, keep_session: int | None) -> None:
    await User.filter(id=user.id).update(second_factor_since=None)
    await SecondFactor.filter(user_id=user.id).delete()
    await RecoveryCode.filter(user_id=user.id).delete()
    await sessions.end_all(user.id, keep=keep_session)
    await record_on_user(Act.SECOND_FACTOR_REMOVED, user, by=by)
    await notify(Act.SECOND_FACTOR_REMOVED, user)


async def require_code(user: User, code: str | None, throttle: Throttle) -> None:
    """Accept a code of the user's app, or one of their recovery codes, once.

    Raises: Refused (not set, no code, a wrong one), TooManyAttempts.
    """
    if user.second_factor_since is None:
        raise Refused.because(Code.SECOND_FACTOR_NOT_SET)
    if not code:
        raise Refused.because(Code.SECOND_FACTOR_REQUIRED, "code")
    await throttle.count_code(user.id)
    async with transaction():
        is_right = await _is_code_of_app(user, code) or await _is_recovery_code(user, code)
    if not is_right:
        log.warning("a code was refused", user_id=user.id)
        raise Refused.because(Code.WRONG_CODE, "code")
    await throttle.forgive_codes(user.id)


async def recovery_codes_left(user: User) -> int:
    """The number of recovery codes that have not been used."""
    return await RecoveryCode.filter(user_id=user.id).count()


async def _lock(user: User, *, is_set: bool) -> None:
    current = await lock_person(user.id)
    _require_set(current, is_set=is_set)
    if current.password_hash != user.password_hash or (
        is_set and current.second_factor_since != user.second_factor_since
    ):
        raise NotSignedIn


def _require_set(user: User, *, is_set: bool) -> None:
    if is_set and user.second_factor_since is None:
        raise Refused.because(Code.SECOND_FACTOR_NOT_SET)
    if not is_set and user.second_factor_since is not None:
        raise Refused.because(Code.SECOND_FACTOR_IS_SET)


async def _is_code_of_app(user: User, code: str) -> bool:
    factor = await SecondFactor.filter(user_id=user.id).first()
    if factor is None:
        return False
    secret = decrypt(factor.sealed_secret)
    step = _step_of(pyotp.TOTP(secret), code.replace(" ", ""))
    return step is not None and bool(await fetch(TAKE_STEP, user.id, step, encrypt(secret)))


def _step_of(app: pyotp.TOTP, code: str) -> int | None:
    current = int(clock.now().timestamp()) // STEP_S
    accepted = range(current - STEPS_BESIDE, current + STEPS_BESIDE + 1)
    # All are compared, so that the time does not show which one fits.
    fitting = [step for step in accepted if strings_equal(app.generate_otp(step), code)]
    return fitting[-1] if fitting else None


async def _is_recovery_code(user: User, code: str) -> bool:
    if not await fetch(TAKE_RECOVERY_CODE, user.id, _recovery_digest(code)):
        return False
    await record_on_user(Act.RECOVERY_CODE_USED, user, by=user)
    return True


async def _new_recovery_codes(user: User) -> list[str]:
    await RecoveryCode.filter(user_id=user.id).delete()
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    await RecoveryCode.bulk_create([RecoveryCode(user_id=user.id, digest=_recovery_digest(code)) for code in codes])
    return codes


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _recovery_digest(code: str) -> str:
    """The digest of a recovery code, however it is typed: dashes, spaces and case do not count."""
    return digest("".join(character for character in code if character.isalnum()).upper())
