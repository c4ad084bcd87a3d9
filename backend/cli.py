"""The command line: run, serve, worker, migrate, backup, restore, demo, schema, organisation, user and mail."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

from backend.catalogue import Language, message
from backend.identity.permissions import Role
from backend.mail_commands import mail_app
from backend.problems import Refused
from backend.settings import settings

if TYPE_CHECKING:
    from backend.identity.models import User

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The account desk.")
organisation_app = typer.Typer(no_args_is_help=True, help="Organisations.")
user_app = typer.Typer(no_args_is_help=True, help="Users and their passwords.")
app.add_typer(organisation_app, name="organisation")
app.add_typer(user_app, name="user")
app.add_typer(mail_app, name="mail")

console = Console()

SCHEMA_FILE = Path("schema.graphql")
RELEASED_SCHEMA_FILE = Path("schema.released.graphql")
MATRIX_FILE = Path("docs/authorization.csv")


@app.command()
def run() -> None:
    """Start everything on this machine, with demo data: database, queue, mailbox, server and worker."""
    from backend.embedded.demo_stack import run as run_all

    run_all()


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes on the same port.")] = 1,
) -> None:
    """Serve the API and the page."""
    from backend.server import serve as serve_app

    serve_app(workers)


@app.command()
def worker() -> None:
    """Plan reminders and send mails."""
    from backend.worker import run_worker

    run_worker()


@app.command()
def migrate() -> None:
    """Bring the database's schema to this version."""
    from backend.storage.migrating import migrate as run_migrations

    asyncio.run(run_migrations(settings().database_url))


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to; what is there is replaced.")]) -> None:
    """Write all data to a file, while everything runs."""
    from backend import backups

    async def work(on_table: Callable[[str], None]) -> None:
        await backups.back_up(settings().database_url, file, on_table)

    _with_progress("Backing up", work)
    console.print(f"The backup is {file}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `emp backup` wrote.", exists=True, dir_okay=False)],
    replace: Annotated[
        bool, typer.Option("--replace", help="Even though the database holds data, which is lost.")
    ] = False,
    no_old_mails: Annotated[
        bool,
        typer.Option(
            "--no-old-mails",
            help="Send no reminder or other mail that was due before now: it may have gone out after the backup.",
        ),
    ] = False,
) -> None:
    """Put a backup in the place of what the database holds. Stop server and worker first; everybody is signed out."""
    from backend import backups

    async def work(on_table: Callable[[str], None]) -> None:
        await backups.restore(settings().database_url, file, on_table, replace=replace, old_mails=not no_old_mails)

    _with_progress("Restoring", work)
    console.print(f"{file} is restored; everybody signs in anew.")


@app.command()
def demo() -> None:
    """Load the demo's organisations, people, accounts and requests into an empty database."""
    from backend.demo import tell

    told = _in_database(tell())
    console.print("The demo is loaded." if told else "There is data already; nothing was loaded.")


@app.command()
def audit(
    organisation: Annotated[str | None, typer.Option(help="Only what concerns the organisation of this name.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many lines.")] = 50,
) -> None:
    """Show the audit log, newest first: what was done, to whom or what, and by whom."""
    from backend.identity.audit import latest

    for entry in _in_database(latest(last, organisation)):
        facts = " ".join(f"{name}={value}" for name, value in entry.facts.items())
        who = entry.by.email if entry.by else "command line"
        console.print(
            f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.act}  {entry.subject}  by {who}  {facts}".rstrip(),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


@app.command()
def schema(
    check: Annotated[bool, typer.Option(help="Only compare; fail on differences, and on what breaks clients.")] = False,
    release: Annotated[bool, typer.Option(help="Clients of this schema are out: no later one may break them.")] = False,
    file: Annotated[Path, typer.Option(help="Where the printed schema is kept.")] = SCHEMA_FILE,
    matrix: Annotated[Path, typer.Option(help="Where it is kept who may reach each field.")] = MATRIX_FILE,
) -> None:
    """Write the GraphQL schema and its authorization matrix to their files, or compare."""
    from backend.graphql.compatibility import breaking_changes
    from backend.graphql.schema import printed_matrix, printed_schema

    for path, text in ((file, printed_schema()), (matrix, printed_matrix())):
        if not check:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            console.print(f"{path} differs from the schema: run `emp schema`")
            raise typer.Exit(1)
    if release:
        RELEASED_SCHEMA_FILE.write_text(printed_schema(), encoding="utf-8")
    elif check and RELEASED_SCHEMA_FILE.exists():
        broken = breaking_changes(RELEASED_SCHEMA_FILE.read_text(encoding="utf-8"), printed_schema())
        if broken:
            console.print("Clients of the last release would break:", *broken, sep="\n")
            raise typer.Exit(1)


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

    _in_database(add(name, country=country, time_zone=time_zone, language=language, mail_domains=mail_domain or ()))
    console.print(f"{name} is open.")


@user_app.command("add")
def add_user(
    email: str,
    name: Annotated[str, typer.Option(help="Full name.")],
    role: Annotated[Role, typer.Option(help="What they are.")],
    organisation: Annotated[str | None, typer.Option(help="Its name; none for Customer Success.")] = None,
    language: Annotated[Language | None, typer.Option(help="The organisation's unless said.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="The organisation's unless said.")] = None,
    password: Annotated[str | None, typer.Option(envvar="EMP_PASSWORD", help="Asked for unless given.")] = None,
) -> None:
    """Give somebody a way in."""
    password = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    _in_database(_add_user(email, name, role, organisation, language, time_zone, password))
    console.print(f"{email} may sign in.")


@user_app.command("set-password")
def set_password(
    email: str,
    password: Annotated[str | None, typer.Option(envvar="EMP_PASSWORD", help="Asked for unless given.")] = None,
) -> None:
    """Replace somebody's password and end their sessions."""
    password = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    _in_database(_set_password(email, password))
    console.print(f"{email} has a new password; all sessions have ended.")


@user_app.command("reset-second-factor")
def reset_second_factor(email: str) -> None:
    """Ask somebody who lost their authenticator app for no codes any more, and end their sessions."""
    _in_database(_reset_second_factor(email))
    console.print(f"{email} signs in by password alone, until they set up an app again; all sessions have ended.")


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
        _fail("Customer Success belongs to no organisation; everybody else belongs to one.")
    home = await Organisation.filter(name=organisation).first() if organisation else None
    if organisation and home is None:
        _fail(f"There is no organisation {organisation}.")
    await people.add_user(
        email, name=name, role=role, password=password, organisation=home, language=language, time_zone=time_zone
    )


async def _set_password(email: str, password: str) -> None:
    from backend.identity import people

    await people.set_password(await _user_with(email), password, "password", by=None)


async def _reset_second_factor(email: str) -> None:
    from backend.identity import second_factor

    await second_factor.remove(await _user_with(email), by=None)


async def _user_with(email: str) -> "User":
    from backend.identity import sign_in

    user = await sign_in.user_with(email)
    if user is None:
        _fail(f"There is no user {email}.")
    return user


def _with_progress(title: str, work: Callable[[Callable[[str], None]], Coroutine[Any, Any, None]]) -> None:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from backend.backups import BackupFailed

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task(title)
        try:
            asyncio.run(work(lambda table: progress.update(shown, description=f"{title}: {table}")))
        except (BackupFailed, OSError) as failure:
            progress.stop()
            _fail(str(failure))


def _in_database(work: Coroutine[Any, Any, Any]) -> Any:
    from tortoise.exceptions import IntegrityError

    from backend.storage.database import database

    async def connected() -> Any:
        async with database(settings().database_url):
            return await work

    try:
        return asyncio.run(connected())
    except Refused as refusal:
        _fail(*(message(problem.code, Language.EN, problem.values) for problem in refusal.problems))
    except IntegrityError:
        _fail("That name or e-mail address is taken.")


def _fail(*reasons: str) -> NoReturn:
    for reason in reasons:
        print(reason, file=sys.stderr)  # noqa: T201 - the command line's own voice
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
