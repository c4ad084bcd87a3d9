"""``emp run``: everything on this machine in one command, with demo data, until Ctrl-C."""

import asyncio
import fcntl
import hashlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from backend.demo import PASSWORD, ROLES, tell
from backend.embedded.mailbox import MailboxServer, free_port
from backend.embedded.part import Part
from backend.embedded.postgres import Cluster
from backend.embedded.supervisor import NotReady, Supervisor
from backend.embedded.valkey import QueueServer
from backend.settings import Settings, settings
from backend.storage.database import database
from backend.storage.migrating import migrate

console = Console()


def run() -> None:
    """Run until Ctrl-C or a signal; exit with 1 when a part does not start."""
    chosen = settings()
    state = state_folder(chosen.port)
    try:
        with _alone(state, chosen):
            asyncio.run(_run(chosen, state))
    except NotReady as error:
        console.print(str(error), markup=False, highlight=False)
        sys.exit(1)


async def _run(chosen: Settings, state: Path) -> None:
    stopped = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    supervisor = Supervisor(state / "logs", on_restart=lambda name: console.print(f"{name} ended; it starts again."))
    starting = asyncio.create_task(_start_all(supervisor, chosen, state))
    stopping = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            _welcome(chosen)
            await stopping
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await supervisor.stop()


@contextmanager
def _alone(state: Path, chosen: Settings) -> Iterator[None]:
    """Hold the state folder and see that the port is free. Raises: NotReady, another demo or program has them."""
    taken = NotReady(f"Port {chosen.port} is taken: choose another, such as PORT={chosen.port + 1}.")
    # The kernel lets go of the lock with the process, however that ends; children do not inherit it.
    with (state / "lock").open("w") as lock, socket.socket() as probe:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((chosen.host, chosen.port))
        except OSError:
            raise taken from None
        probe.close()
        yield


async def _start_all(supervisor: Supervisor, chosen: Settings, state: Path) -> None:
    environment = await _start_servers(supervisor, chosen, state)
    await _prepare_data(environment["DATABASE_URL"])
    await asyncio.gather(
        supervisor.start(_process("server", "serve", environment, lambda: _answers(chosen.port))),
        supervisor.start(_process("worker", "worker", environment, _at_once)),
    )


async def _start_servers(supervisor: Supervisor, chosen: Settings, state: Path) -> dict[str, str]:
    """Start what no setting replaces. Returns the environment that tells the others where everything is."""
    environment = {"EMP_DEMO": "true", "PORT": str(chosen.port)}
    if not chosen.second_factor_keys:
        environment["EMP_SECOND_FACTOR_KEYS"] = _kept_key(state / "second-factor-key")
    parts: list[Part] = []
    if chosen.database_url:
        environment["DATABASE_URL"] = chosen.database_url
    else:
        cluster = Cluster(state / "postgres", state / "sockets")
        environment["DATABASE_URL"] = cluster.url()
        parts.append(cluster.part())
    if chosen.redis_url:
        environment["REDIS_URL"] = chosen.redis_url
    else:
        queue = QueueServer(state / "queue")
        environment["REDIS_URL"] = queue.url
        parts.append(queue.part())
    if chosen.smtp_url:
        environment["SMTP_URL"] = chosen.smtp_url
    else:
        mailbox = MailboxServer(state / "mailbox", free_port())
        environment |= {"SMTP_URL": mailbox.url, "EMP_MAILBOX": str(mailbox.folder)}
        parts.append(mailbox.part())
    await asyncio.gather(*(supervisor.start(part) for part in parts))
    return environment


def _kept_key(file: Path) -> str:
    """The key of this state folder, made at the first start: what it sealed is still to be read at the next."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(Fernet.generate_key())
    return file.read_text()


async def _prepare_data(database_url: str) -> None:
    await migrate(database_url)
    async with database(database_url):
        await tell()


def _process(name: str, command: str, environment: Mapping[str, str], is_ready: Callable[[], Awaitable[bool]]) -> Part:
    return Part(
        name=name,
        command=(sys.executable, "-m", "backend.cli", command),
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


def state_folder(port: int) -> Path:
    """Where the demo of this checkout and port keeps its data, readable by its own user alone.

    Under the system's temporary folder: unix sockets need short paths, and PostgreSQL's user must be able to get there.
    Raises: RuntimeError, when somebody else owns the folder.
    """
    checkout = hashlib.sha256(str(Path.cwd()).encode()).hexdigest()[:8]
    home = Path(tempfile.gettempdir()) / f"account-desk-{os.getuid()}-{checkout}"
    home.mkdir(mode=0o711, exist_ok=True)
    if home.stat().st_uid != os.getuid():
        raise RuntimeError(f"{home} belongs to somebody else")
    folder = home / str(port)
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


def _welcome(chosen: Settings) -> None:
    people = Table("Sign in as", "Who it is", box=None, header_style="dim", padding=(0, 2, 0, 0))
    for email, role in ROLES.items():
        people.add_row(email, role)
    console.print(f"\nThe account desk is at [bold]{chosen.origin}[/bold]", highlight=False)
    console.print(f"Its mails are at [bold]{chosen.origin}/mailbox/[/bold]\n", highlight=False)
    console.print(people)
    console.print(f"\nThe password is [bold]{PASSWORD}[/bold]. Ctrl-C ends everything.", highlight=False)
