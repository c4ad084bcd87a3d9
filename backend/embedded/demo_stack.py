"""``emp run``: everything on this machine in one command, with demo data, until Ctrl-C."""

import asyncio
import fcntl
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from backend.demo import PASSWORD, ROLES, load_demo
from backend.embedded.part import Part
from backend.embedded.postgres import RUNTIME, Cluster
from backend.embedded.state import NoPlace, sockets_folder, state_folder
from backend.embedded.supervisor import NotReady, Supervisor
from backend.embedded.valkey import QueueServer
from backend.private_files import FILE_MODE, empty_private_file
from backend.settings import Settings, settings
from backend.startup import check_address
from backend.storage.database import database
from backend.storage.migrator import migrate
from backend.storage.role_defaults import keep_settings

console = Console()

SIGN_OF_LIFE_S = 4.0

FREED_WITHIN_S = 3.0
"""How long the processes of a demo that was killed just now may still hold the port."""


def run() -> None:
    """Run until Ctrl-C or a signal; exit with 1 when a part does not start."""
    chosen = settings()
    try:
        state = state_folder(chosen.port)
        with _alone(state, chosen):
            asyncio.run(_run(chosen, state))
    except (NotReady, NoPlace) as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


async def _run(chosen: Settings, state: Path) -> None:
    stopped = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    supervisor = Supervisor(state / "logs", on_restart=lambda name: console.print(f"{name} ended; it starts again."))
    starting = asyncio.create_task(_start_all(supervisor, chosen, state))
    stopping = asyncio.create_task(stopped.wait())
    waiting = asyncio.create_task(_say_that_it_starts())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            waiting.cancel()
            _welcome(chosen)
            await stopping
    finally:
        waiting.cancel()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await supervisor.stop()


async def _say_that_it_starts() -> None:
    console.print("Starting the database, the queue, the mailbox, the server and the worker …")
    started = time.monotonic()
    while True:
        await asyncio.sleep(SIGN_OF_LIFE_S)
        console.print(f"Starting … {time.monotonic() - started:.0f} s", highlight=False)


@contextmanager
def _alone(state: Path, chosen: Settings) -> Iterator[None]:
    """Hold the state folder and see that the port is free.

    Raises: NotReady, another demo or program has them; WrongSettings, the address cannot be listened on.
    """
    taken = NotReady(f"Port {chosen.port} is taken: choose another, such as PORT={chosen.port + 1}.")
    # The kernel lets go of the lock with the process, however that ends; children do not inherit it.
    with (state / "lock").open("w") as lock:
        deadline = time.monotonic() + FREED_WITHIN_S
        while not (_is_locked(lock) and _is_free(chosen)):
            if time.monotonic() > deadline:
                raise taken
            time.sleep(0.05)
        yield


def _is_locked(lock: IO[str]) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _is_free(chosen: Settings) -> bool:
    with suppress(OSError):
        check_address(chosen.host, chosen.port)
        return True
    return False


async def _start_all(supervisor: Supervisor, chosen: Settings, state: Path) -> None:
    environment, owner_url = await _start_servers(supervisor, chosen, state)
    await _prepare_data(
        owner_url, environment["DATABASE_URL"], RUNTIME if not chosen.database_url else chosen.runtime_role
    )
    await asyncio.gather(
        supervisor.start(_process("server", "serve", environment, lambda: _answers(chosen.port))),
        supervisor.start(_process("worker", "worker", environment, _at_once)),
    )


async def _start_servers(supervisor: Supervisor, chosen: Settings, state: Path) -> tuple[dict[str, str], str]:
    """Start what no setting replaces.

    Returns the environment that tells the others where everything is, and the database's URL as its owner, which they
    are not told.
    """
    environment = {"EMP_DEMO": "true", "EMP_DRAIN_S": "0", "PORT": str(chosen.port), "DATABASE_OWNER_URL": ""}
    sockets = sockets_folder(chosen.port)
    if not chosen.second_factor_keys:
        environment["EMP_SECOND_FACTOR_KEYS"] = _kept_key(state / "second-factor-key")
    parts: list[Part] = []
    if chosen.database_url:
        environment["DATABASE_URL"], owner_url = chosen.database_url, chosen.owner_url
    else:
        cluster = Cluster(state / "postgres", sockets / "postgres")
        environment["DATABASE_URL"], owner_url = cluster.url(role=RUNTIME), cluster.url()
        parts.append(cluster.part())
    if chosen.redis_url:
        environment["REDIS_URL"] = chosen.redis_url
    else:
        queue = QueueServer(sockets / "queue")
        environment["REDIS_URL"] = queue.url
        parts.append(queue.part())
    if chosen.smtp_url:
        environment["SMTP_URL"] = chosen.smtp_url
    else:
        # Its library comes with the servers of the demo, which a mail server of one's own does without.
        from backend.embedded.mailbox import MailboxServer, free_port

        mailbox = MailboxServer(state / "mailbox", free_port())
        environment |= {"SMTP_URL": mailbox.url, "EMP_MAILBOX": str(mailbox.folder)}
        parts.append(mailbox.part())
    await asyncio.gather(*(supervisor.start(part) for part in parts))
    return environment, owner_url


def _kept_key(file: Path) -> str:
    """The key of this state folder, made at the first start: what it sealed is still to be read at the next."""
    if not file.exists() or not file.stat().st_size:
        empty_private_file(file).write_bytes(Fernet.generate_key())
    file.chmod(FILE_MODE)
    return file.read_text()


async def _prepare_data(owner_url: str, database_url: str, runtime_role: str) -> None:
    await migrate(owner_url, runtime_role)
    await keep_settings(database_url)
    async with database(database_url):
        await load_demo()


def _process(name: str, command: str, environment: Mapping[str, str], is_ready: Callable[[], Awaitable[bool]]) -> Part:
    return Part(
        name=name,
        command=(sys.executable, "-m", "backend.cli.main", command),
        is_ready=is_ready,
        environment=environment,
    )


async def _at_once() -> bool:
    return True


async def _answers(port: int) -> bool:
    """Whether the server of this port says that it is ready."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
        status = await reader.readline()
        writer.close()
    except OSError:
        return False
    return b" 200 " in status


def _welcome(chosen: Settings) -> None:
    people = Table("Sign in as", "Who it is", box=None, header_style="dim", padding=(0, 2, 0, 0))
    for email, role in ROLES.items():
        people.add_row(email, role)
    console.print(f"\nThe account desk is at [bold]{chosen.origin}[/bold]", highlight=False)
    console.print(f"Its mails are at [bold]{chosen.origin}/mailbox/[/bold]\n", highlight=False)
    console.print(people)
    console.print(f"\nThe password is [bold]{PASSWORD}[/bold]. Ctrl-C ends everything.", highlight=False)
