"""Organisations and users: adding them, and changing passwords and profiles."""

from collections.abc import Sequence
from zoneinfo import available_timezones

from backend import clock
from backend.catalogue import COUNTRIES, Language
from backend.errors import Code, NotSignedIn, Refused
from backend.identity import passwords, sessions, trusted_devices
from backend.identity.audit import Act, record, record_on_user
from backend.identity.locking import lock_person
from backend.identity.models import Organisation, PasswordReset, User
from backend.identity.notify import NotifyUser
from backend.identity.roles import Role
from backend.identity.sessions import Credentials
from backend.storage.database import transaction
from backend.texts import has_ink, is_control, is_invisible, one_space


async def add_organisation(
    name: str, *, country: str, time_zone: str, language: Language, mail_domains: Sequence[str] = ()
) -> Organisation:
    """Add an organisation. Raises: Refused (unreadable name, unknown country or time zone)."""
    name = _readable_name(name)
    if country not in COUNTRIES:
        raise Refused.because(Code.UNKNOWN_COUNTRY, "country")
    _require_time_zone(time_zone)
    async with transaction():
        organisation = await Organisation.create(
            name=name,
            country=country,
            time_zone=time_zone,
            language=language.value,
            mail_domains=[domain.lower() for domain in mail_domains],
        )
        await record(Act.ORGANISATION_ADDED, by=None, organisation_id=organisation.id, subject=name)
    return organisation


async def add_user(
    email: str,
    *,
    name: str,
    role: Role,
    password: str,
    organisation: Organisation | None = None,
    language: Language | None = None,
    time_zone: str | None = None,
) -> User:
    """Add a user; language and time zone default to the organisation's. Raises: Refused."""
    name = _readable_name(name)
    if any(map(is_control, email)):
        raise Refused.because(Code.BAD_CHARACTERS, "email")
    passwords.require_strong(password, "password", (name, email, organisation.name if organisation else ""))
    time_zone = time_zone or (organisation.time_zone if organisation else "UTC")
    _require_time_zone(time_zone)
    password_hash = await passwords.hash_password(password)
    async with transaction():
        user = await User.create(
            email=email.strip(),
            name=name,
            role=role.value,
            organisation=organisation,
            language=language.value if language else (organisation.language if organisation else Language.EN.value),
            time_zone=time_zone,
            password_hash=password_hash,
        )
        await record_on_user(Act.USER_ADDED, user, by=None, role=role.value)
    return user


async def set_password(user: User, password: str, field: str, *, by: User | None, notify: NotifyUser) -> None:
    """Replace a password and sign its user out everywhere; ``by`` is None for the command line.

    Raises: Refused (weak).
    """
    password_hash = await hash_strong(user, password, field)
    async with transaction():
        await lock_person(user.id)
        await replace_password(user, password_hash, by=by, notify=notify)


async def change_password(user: User, password: str, field: str, *, session_id: int, notify: NotifyUser) -> Credentials:
    """Replace the password of a user who has just proved the present one; only this session continues.

    Returns the session's new tokens. Raises: Refused (weak), NotSignedIn (the session has ended, or the password was
    replaced, since it was proved).
    """
    password_hash = await hash_strong(user, password, field)
    async with transaction():
        current = await lock_person(user.id)
        if current.password_hash != user.password_hash:
            raise NotSignedIn
        renewed = await sessions.renew(session_id)
        await replace_password(user, password_hash, by=user, notify=notify, keep_session=session_id)
    return renewed


async def hash_strong(user: User, password: str, field: str) -> str:
    """The hash of a new password for a user; slow, so to be made before anything is locked. Raises: Refused (weak)."""
    organisation = await Organisation.filter(id=user.organisation_id).first() if user.organisation_id else None
    passwords.require_strong(password, field, (user.name, user.email, organisation.name if organisation else ""))
    return await passwords.hash_password(password)


async def replace_password(
    user: User, password_hash: str, *, by: User | None, notify: NotifyUser, keep_session: int | None = None
) -> None:
    """Store a password's hash, end the user's other sessions, trusted devices and reset links, and notify them.

    Inside a transaction that has locked the user.
    """
    await User.filter(id=user.id).update(password_hash=password_hash)
    await end_resets(user.id)
    await sessions.end_all(user.id, keep=keep_session)
    await trusted_devices.forget_all(user.id)
    await record_on_user(Act.PASSWORD_SET, user, by=by)
    await notify(Act.PASSWORD_SET, user)


async def end_resets(user_id: int) -> None:
    """Invalidate every link to set a password that a user was sent."""
    await PasswordReset.filter(user_id=user_id, used_at=None).update(used_at=clock.now())


async def update_profile(user: User, *, language: Language | None, time_zone: str | None) -> None:
    """Change a user's language or time zone. Raises: Refused (unknown time zone)."""
    if time_zone is not None:
        _require_time_zone(time_zone)
        user.time_zone = time_zone
    if language is not None:
        user.language = language.value
    await user.save(update_fields=["language", "time_zone"])


def _readable_name(name: str) -> str:
    name = one_space(name)
    if not has_ink(name):
        raise Refused.because(Code.REQUIRED, "name")
    if any(map(is_invisible, name)):
        raise Refused.because(Code.BAD_CHARACTERS, "name")
    return name


def _require_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise Refused.because(Code.UNKNOWN_TIME_ZONE, "timeZone")
