"""Fixtures: the servers that tests use. Each xdist worker has its own."""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from backend.embedded.databases import create_database, database_name, drop_database, with_database
from backend.embedded.postgres import OWNER, RUNTIME, SUPERUSER, Cluster, create_roles
from backend.embedded.supervisor import Supervisor
from backend.embedded.valkey import QueueServer
from backend.settings import Settings

_numbers = itertools.count(1)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder with a short path that PostgreSQL's user can reach; pytest's own is closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="desk-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Where this worker's servers keep their files."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
async def supervisor(server_folder: Path) -> AsyncIterator[Supervisor]:
    """Runs this worker's servers and stops them at the end."""
    supervisor = Supervisor(server_folder / "logs")
    yield supervisor
    await supervisor.stop()


@pytest.fixture(scope="session")
async def postgres_url(server_folder: Path, supervisor: Supervisor) -> AsyncIterator[str]:
    """An empty database for this worker, as a superuser: on an embedded server, or where DATABASE_URL says."""
    given = Settings().database_url
    if given:
        url = await create_database(given, _fresh_name())
        await create_roles(url)
        await _give_passwords(url)
        yield url
        await drop_database(url)
    else:
        cluster = Cluster(server_folder / "postgres", server_folder / "sockets", durable=False)
        await supervisor.start(cluster.part())
        yield cluster.url(role=SUPERUSER)


async def _give_passwords(url: str) -> None:
    password = urlsplit(url).password
    if password:
        connection = await asyncpg.connect(url)
        quoted = unquote(password).replace("'", "''")
        for role in (OWNER, RUNTIME):
            await connection.execute(f"ALTER ROLE {role} PASSWORD '{quoted}'")
        await connection.close()


@pytest.fixture(scope="session")
async def valkey_url(server_folder: Path, supervisor: Supervisor) -> str:
    """An empty queue server for this worker."""
    server = QueueServer(server_folder / "valkey")
    await supervisor.start(server.part())
    return server.url


@pytest.fixture
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    """A database of the test's own, without any table, as the plain role that owns it."""
    url = await create_database(postgres_url, _fresh_name(), owner=OWNER)
    yield url
    await drop_database(with_database(postgres_url, database_name(url)))


# Without slots: aiosmtpd asks for all members, which some releases of Python 3.11 cannot list of a class with slots.
@dataclass
class MailServer:
    """A mail server that keeps accepted messages; the test sets its replies."""

    url: str = ""
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    """For each message, to whom it was addressed."""
    replies_to_recipients: dict[str, str] = field(default_factory=dict)
    """An address and what is said to it instead of 250, such as ``450 4.2.2 mailbox full``."""
    reply_to_data: str = "250 OK"
    """What is said after the final dot; the message is kept all the same."""
    hang_up_after_data: bool = False
    """Whether the connection is reset after the final dot, before a reply."""
    contents: list[bytes] = field(default_factory=list)
    """Each message as it was received."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient; called by aiosmtpd."""
        if address in self.replies_to_recipients:
            return self.replies_to_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        """A message; called by aiosmtpd."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients.append([str(address) for address in envelope.rcpt_tos])
        self.contents.append(envelope.content)
        if self.hang_up_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.reply_to_data


@pytest.fixture
async def smtp_server() -> AsyncIterator[MailServer]:
    """A mail server on a port of its own."""
    mail = MailServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mail, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
    mail.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield mail
    server.close()


def _fresh_name() -> str:
    return f"test_{os.getpid()}_{next(_numbers)}"
