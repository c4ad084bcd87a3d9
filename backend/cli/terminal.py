"""How commands of a terminal work: on an open database, with a sign of life, and plain words for what went wrong."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from backend.catalogue import Language, message
from backend.errors import BadInput, CannotBeWritten, NotFound, Refused
from backend.settings import WrongSettings, require, settings
from backend.stored_enums import StoredEnum
from backend.texts import escaped

T = TypeVar("T")

console = Console()
progress_console = Console(stderr=True)


def in_database(work: Callable[[], Awaitable[T]]) -> T:
    """Run work on the open database and return its result; retried when PostgreSQL rolled it back for another one.

    Errors that the user can correct, and those of an unreachable database, are printed and end the command.
    """
    import structlog
    from asyncpg import exceptions
    from tortoise.exceptions import DBConnectionError, IntegrityError

    from backend.startup import check_database
    from backend.storage.database import database
    from backend.storage.retry import UNDONE, retry_on_conflict
    from backend.storage.tortoise_client import OF_JOBS
    from backend.storage.transient_errors import is_transient_error

    async def connected() -> T:
        await check_database()
        async with database(settings().database_url, OF_JOBS):
            return await retry_on_conflict(work)

    # What a command prints is piped; what is logged meanwhile is no part of it.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        require("DATABASE_URL")
        with progress() as progress_bar:
            progress_bar.add_task("Asking the database")
            return asyncio.run(connected())
    except Refused as refusal:
        fail(*(message(problem.code, Language.EN, problem.values) for problem in refusal.problems))
    except IntegrityError:
        fail("That name or e-mail address is taken.")
    except (NotFound, BadInput):
        fail("There is nothing of that id.")
    except CannotBeWritten:
        fail("This mail cannot be written.")
    except UNDONE:
        fail("Others changed the same at the same moment, again and again: try once more.")
    except (OSError, DBConnectionError, exceptions.CannotConnectNowError) as error:
        fail(f"The database cannot be reached: {error}")
    except Exception as error:
        if not is_transient_error(error):
            raise
        fail("The database is away or too busy.")


def known_only(option: Any) -> Any:
    """An option's value or values as they are. Raises: BadParameter (one that stands for what no version writes)."""
    for value in option if isinstance(option, list) else [option]:
        if isinstance(value, StoredEnum) and value not in type(value).known():
            raise typer.BadParameter(f"not {value}, but one of {', '.join(type(value).known())}")
    return option


def progress() -> Progress:
    """What shows on a terminal, and there alone, that something is under way."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    return Progress(*columns, console=progress_console, transient=True, disable=not progress_console.is_terminal)


def say(*lines: str) -> None:
    """Print lines, one of each: never wrapped or coloured, to be searched and piped.

    Control characters in them, whoever wrote them, are shown and not obeyed.
    """
    console.print(*map(escaped, lines), sep="\n", markup=False, highlight=False, soft_wrap=True)


def fail(*reasons: str, code: int = 1) -> NoReturn:
    """Say why, and end the command with an exit code: 1, or 2 when it was called or set up wrongly."""
    for reason in reasons:
        print(escaped(reason), file=sys.stderr)  # noqa: T201 - the command line's own voice
    raise typer.Exit(code)


class Commands(TyperGroup):
    """Commands that say which setting is wrong, and what to do, before anything starts."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; called by Typer."""
        try:
            return super().invoke(ctx)
        except WrongSettings as wrong:
            fail(*wrong.lines, code=2)
