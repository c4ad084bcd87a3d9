"""``emp organisation`` and ``emp user``: who may come in, and who may not any more."""

from typing import TYPE_CHECKING, Annotated
from zoneinfo import available_timezones

import typer

from backend.catalogue import Language
from backend.cli.terminal import fail, in_database, known_only, say
from backend.identity.roles import Role
from backend.mail_addresses import is_mail_address, is_mail_domain

if TYPE_CHECKING:
    from backend.identity.models import User

organisation_app = typer.Typer(no_args_is_help=True, help="Organisations.")
user_app = typer.Typer(no_args_is_help=True, help="Users, their passwords and their sessions.")


@organisation_app.command("add")
def add_organisation(
    name: str,
    country: Annotated[str, typer.Option(help="ISO 3166-1, two letters.")],
    time_zone: Annotated[str, typer.Option(help="IANA name; its calendar decides when accounts expire.")],
    language: Annotated[Language, typer.Option(help="Of its new users.")] = Language.EN,
    mail_domain: Annotated[list[str] | None, typer.Option(help="One of its own e-mail domains; repeatable.")] = None,
) -> None:
    """Open an organisation."""
    from backend.identity.people import add_organisation as add

    _check_time_zone(time_zone)
    for domain in mail_domain or ():
        if not is_mail_domain(domain):
            fail(f"--mail-domain: {domain} is no domain; it looks like northwind.example", code=2)
    in_database(
        lambda: add(name, country=country, time_zone=time_zone, language=language, mail_domains=mail_domain or ())
    )
    say(f"{name} is open.")


@user_app.command("add")
def add_user(
    email: str,
    name: Annotated[str, typer.Option(help="Full name.")],
    role: Annotated[Role, typer.Option(help="What they are.", callback=known_only)],
    organisation: Annotated[str | None, typer.Option(help="Its name; none for Customer Success.")] = None,
    language: Annotated[Language | None, typer.Option(help="The organisation's unless said.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="The organisation's unless said.")] = None,
    password: Annotated[str | None, typer.Option(envvar="EMP_PASSWORD", help="Asked for unless given.")] = None,
) -> None:
    """Give somebody a way in."""
    email = email.strip()
    if not is_mail_address(email):
        fail(f"{email} is no e-mail address; it looks like ada@northwind.example", code=2)
    _check_time_zone(time_zone)
    password = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    in_database(lambda: _add_user(email, name, role, organisation, language, time_zone, password))
    say(f"{email} may sign in.")


@user_app.command("set-password")
def set_password(
    email: str,
    password: Annotated[str | None, typer.Option(envvar="EMP_PASSWORD", help="Asked for unless given.")] = None,
) -> None:
    """Replace somebody's password and end their sessions."""
    password = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    in_database(lambda: _set_password(email, password))
    say(f"{email} has a new password; all sessions have ended.")


@user_app.command("reset-second-factor")
def reset_second_factor(email: str) -> None:
    """Ask somebody who lost their authenticator app for no codes any more, and end their sessions."""
    in_database(lambda: _reset_second_factor(email))
    say(f"{email} signs in by password alone, until they set up an app again; all sessions have ended.")


@user_app.command("close")
def close_user(
    email: str,
    even_the_last: Annotated[
        bool, typer.Option("--even-the-last", help="Even of Customer Success the only one: nobody then decides.")
    ] = False,
) -> None:
    """Let somebody in no more: every session, token and live stream of theirs ends at once. They keep their history."""
    was_open = in_database(lambda: _close(email, even_the_last))
    say(f"{email} is closed." if was_open else f"{email} was closed already.")


@user_app.command("reopen")
def reopen_user(email: str) -> None:
    """Let somebody who was closed sign in again, with the password and the app that they had."""
    was_closed = in_database(lambda: _reopen(email))
    say(f"{email} may sign in again." if was_closed else f"{email} was open, and is signed out.")


@user_app.command("sign-out")
def sign_out(email: str) -> None:
    """End every session of somebody, on each device; they may sign in anew."""
    in_database(lambda: _sign_out(email))
    say(f"{email} is signed out everywhere.")


def _check_time_zone(name: str | None) -> None:
    if name is not None and name not in available_timezones():
        fail(f"--time-zone: there is no {name}; it is an IANA name, such as Europe/London", code=2)


async def _add_user(
    email: str,
    name: str,
    role: Role,
    organisation: str | None,
    language: Language | None,
    time_zone: str | None,
    password: str,
) -> None:
    from backend.identity import people
    from backend.identity.models import Organisation

    if (organisation is None) != (role is Role.CUSTOMER_SUCCESS):
        fail("Customer Success belongs to no organisation; everybody else belongs to one.")
    home = await Organisation.filter(name=organisation).first() if organisation else None
    if organisation and home is None:
        fail(f"There is no organisation {organisation}.")
    await people.add_user(
        email, name=name, role=role, password=password, organisation=home, language=language, time_zone=time_zone
    )


async def _set_password(email: str, password: str) -> None:
    from backend.identity import people
    from backend.mail import ledger

    await people.set_password(await _user_with(email), password, "password", by=None, notify=ledger.credentials_changed)


async def _reset_second_factor(email: str) -> None:
    from backend.identity import second_factor
    from backend.mail import ledger

    await second_factor.remove_for(await _user_with(email), notify=ledger.credentials_changed)


async def _close(email: str, even_the_last: bool) -> bool:
    from backend.identity import deactivation

    try:
        return await deactivation.close(await _user_with(email), even_the_last=even_the_last)
    except deactivation.LastCustomerSuccess:
        fail(
            f"{email} is the last of Customer Success who is open: nobody could decide a request any more.",
            "Add or reopen another first, or say --even-the-last.",
        )


async def _reopen(email: str) -> bool:
    from backend.identity import deactivation

    return await deactivation.reopen(await _user_with(email))


async def _sign_out(email: str) -> None:
    from backend.identity import deactivation

    await deactivation.sign_out_everywhere(await _user_with(email))


async def _user_with(email: str) -> "User":
    from backend.identity import sign_in

    user = await sign_in.user_with(email)
    if user is None:
        fail(f"There is no user {email}.")
    return user
