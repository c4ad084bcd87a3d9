"""The command line: run, serve, worker, migrate, backup, restore, demo, schema, organisation, user and mail."""

import asyncio
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.mail import mail_app
from backend.cli.terminal import Commands, console, fail, in_database, progress, say
from backend.cli.users import organisation_app, user_app
from backend.settings import require, settings

app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The account desk."
)
app.add_typer(organisation_app, name="organisation")
app.add_typer(user_app, name="user")
app.add_typer(mail_app, name="mail")

SCHEMA_FILE = Path("schema.graphql")
RELEASED_SCHEMA_FILE = Path("schema.released.graphql")
MATRIX_FILE = Path("docs/authorization.csv")


def _show_version(is_requested: bool) -> None:
    if is_requested:
        say(f"emp {version('account-desk')}")
        raise typer.Exit


@app.callback()
def of_all(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version, and end.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """The account desk."""


@app.command()
def run() -> None:
    """Start everything on this machine, with demo data: database, queue, mailbox, server and worker."""
    from backend.embedded.extra import check_embedded

    check_embedded()

    from backend.embedded.demo_stack import run as run_all

    run_all()


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes on the same port.")] = 1,
) -> None:
    """Serve the API and the page."""
    from backend.startup import check_database, check_free, check_queue

    require("DATABASE_URL", "REDIS_URL")
    check_free(settings().host, settings().port)
    asyncio.run(check_database())
    asyncio.run(check_queue())

    from backend.web.server import serve as serve_app

    serve_app(workers)


@app.command()
def worker() -> None:
    """Plan reminders and send mails."""
    from backend.startup import check_database, check_queue

    require("DATABASE_URL", "REDIS_URL", "SMTP_URL")
    asyncio.run(check_database())
    asyncio.run(check_queue())

    from backend.worker import run_worker

    run_worker()


@app.command()
def migrate() -> None:
    """Bring the database's schema to this version."""
    from backend.startup import check_database
    from backend.storage.migrator import migrate as run_migrations
    from backend.storage.privileges import NoSuchRole
    from backend.storage.role_defaults import keep_settings
    from backend.storage.transient_errors import is_transient_error

    require("DATABASE_URL")
    try:
        asyncio.run(check_database())
        applied = asyncio.run(run_migrations(settings().owner_url, settings().runtime_role))
        asyncio.run(keep_settings(settings().database_url))
    except NoSuchRole as error:
        fail(str(error))
    except Exception as error:
        if not is_transient_error(error):
            raise
        fail(f"The database cannot be reached: {error}")
    messages = [f"Applied {name}." for name in applied]
    say(*(messages or ["Nothing to apply: the database is of this version."]))
    if settings().runtime_role:
        say(f"{settings().runtime_role} may do what serving takes.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to; what is there is replaced.")]) -> None:
    """Write all data to a file, while everything runs."""
    from backend import backups

    async def work(on_table: Callable[[str], None]) -> None:
        await backups.back_up(settings().owner_url, file, on_table)

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
    from backend.storage.role_defaults import keep_settings

    async def work(on_table: Callable[[str], None]) -> None:
        await backups.restore(
            settings().owner_url,
            file,
            on_table,
            replace=replace,
            old_mails=not no_old_mails,
            runtime_role=settings().runtime_role,
        )
        await keep_settings(settings().database_url)

    _with_progress("Restoring", work)
    console.print(f"{file} is restored; everybody signs in anew.")


@app.command()
def demo() -> None:
    """Load the demo's organisations, people, accounts and requests into an empty database."""
    from backend.demo import load_demo

    is_loaded = in_database(load_demo)
    console.print("The demo is loaded." if is_loaded else "There is data already; nothing was loaded.")


@app.command()
def audit(
    organisation: Annotated[str | None, typer.Option(help="Only what concerns the organisation of this name.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many lines.")] = 50,
) -> None:
    """Show the audit log, newest first: what was done, to whom or what, by whom and from where."""
    from backend.identity.audit import latest

    for entry in in_database(lambda: latest(last, organisation)):
        facts = " ".join(f"{name}={value}" for name, value in entry.facts.items())
        who = entry.by.email if entry.by else "command line"
        where = f" from {entry.address}" if entry.address else ""
        say(f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.act}  {entry.subject}  by {who}{where}  {facts}".rstrip())


@app.command()
def schema(
    check: Annotated[bool, typer.Option(help="Only compare; fail on differences, and on what breaks clients.")] = False,
    release: Annotated[bool, typer.Option(help="Clients of this schema are out: no later one may break them.")] = False,
    file: Annotated[Path, typer.Option(help="Where the printed schema is kept.")] = SCHEMA_FILE,
    matrix: Annotated[Path, typer.Option(help="Where it is kept who may reach each field.")] = MATRIX_FILE,
) -> None:
    """Write the GraphQL schema and its authorization matrix to their files, or compare."""
    from backend.api.compatibility import breaking_changes
    from backend.api.schema import printed_matrix, printed_schema

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


def _with_progress(title: str, work: Callable[[Callable[[str], None]], Coroutine[Any, Any, None]]) -> None:
    from backend.backups import BackupFailed
    from backend.storage.privileges import NoSuchRole

    require("DATABASE_URL")
    try:
        with progress() as progress_bar:
            task = progress_bar.add_task(title)
            asyncio.run(work(lambda table: progress_bar.update(task, description=f"{title}: {table}")))
    except (BackupFailed, NoSuchRole, OSError) as failure:
        fail(str(failure))


if __name__ == "__main__":
    app()
