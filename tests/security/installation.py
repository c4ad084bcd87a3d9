"""Server and worker as operators start them, with words of its own in every secret, and an ear for all that is said."""

import asyncio
import base64
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM
from typing import Any

import asyncpg
import httpx2
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography.fernet import Fernet
from redis.asyncio import Redis

from backend.embedded.mailbox import free_port
from backend.embedded.part import Part
from backend.embedded.postgres import RUNTIME
from backend.storage.migrator import migrate
from tests.faults.disposable_servers import (
    DisposableServer,
    disposable_database,
    disposable_queue_server,
    running_server,
)
from tests.faults.proxy import Proxy, proxy_before
from tests.servers import MailServer, open_folder

PATIENCE = 10.0
"""Seconds after which a command is told to end: a worker goes on trying to reach what is away."""


@dataclass
class Ear:
    """Everything that is said, by whom; and the secrets that nobody may say."""

    secrets: dict[str, str] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)

    def secret(self, name: str, text: str | None = None) -> str:
        """A text that nothing else holds."""
        self.secrets[name] = text or f"canary-{os.urandom(9).hex()}"
        return self.secrets[name]

    def hears(self, whom: str, text: str) -> None:
        """Something was said."""
        self.said.append((whom, text))

    def found(self) -> list[tuple[str, str]]:
        """Which secret was said by whom, as it is or in Base64."""
        return [
            (name, whom)
            for name, secret in self.secrets.items()
            for whom, text in self.said
            if any(form in text for form in (secret, *_in_base64(secret)))
        ]


def _in_base64(secret: str) -> list[str]:
    """As it stands in Base64 with anything before and after it: what depends on its neighbours is left out."""
    shifted = [base64.b64encode(b"\0" * before + secret.encode()).decode() for before in range(3)]
    return [text[4 if before else 0 : -4] for before, text in enumerate(shifted)]


@dataclass
class DemandingHost(MailServer):
    """A mail host that asks for a password; its refusals repeat what they were told."""

    password: str = ""
    refuses_connections: bool = False

    def judged(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Whether somebody may send; called by aiosmtpd."""
        if not self.refuses_connections and data.password.decode() == self.password:
            return AuthResult(success=True)
        told = base64.b64encode(b"\0" + data.login + b"\0" + data.password).decode()
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 not with {data.password.decode()} ({told})")


@dataclass
class Installation:
    """Server and worker, and the lines to what they stand on."""

    ear: Ear
    environment: dict[str, str]
    folder: Path
    database: Proxy
    queue: Proxy
    mail: DemandingHost
    tables: asyncpg.Connection
    client: httpx2.AsyncClient

    async def asks(self, query: str, *handed_over: str, token: str = "", **variables: Any) -> Any:
        """Send an operation; what it is there to hand over is a secret from then on, and left out of what is heard."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        text = response.text
        for name, value in re.findall(r'"(\w+)":\s*"([^"]+)"', text):
            if name in handed_over:
                text = text.replace(self.ear.secret(f"{name} {value[:4]}…", value), "…")
        self.ear.hears("an answer", text)
        if "session" in response.cookies:
            self.ear.secret("a cookie", response.cookies["session"])
        return response.json()

    async def posts(self, content: str) -> None:
        """Send bytes of any kind."""
        response = await self.client.post("/graphql", content=content, headers={"content-type": "application/json"})
        self.ear.hears("an answer", response.text)

    async def emp(self, *arguments: str, **environment: str) -> int:
        """Run a command until it ends, or has said that it waits. Returns its exit code."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend.cli.main", *arguments),
            env=os.environ | self.environment | environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        giving_up = asyncio.get_running_loop().call_later(PATIENCE, process.terminate)
        said, _ = await process.communicate()
        giving_up.cancel()
        self.ear.hears(f"emp {arguments[0]}", said.decode())
        assert process.returncode is not None
        return process.returncode

    def has_said(self, who: str, words: str) -> bool:
        """Whether the server or the worker has said this by now."""
        return words in (self.folder / f"{who}.log").read_text()

    @asynccontextmanager
    async def runs(self) -> AsyncIterator[None]:
        """Server and worker, for as long as the block runs; what they have said is heard at their end."""
        parts = {name: Part(name, (sys.executable, "-m", "backend.cli.main", name), self._is_ready, self.environment)
                 for name in ("serve", "worker")}  # fmt: skip
        logs = {name: self.folder / f"{name}.log" for name in parts}
        async with (
            running_server(parts["serve"], logs["serve"]) as server,
            running_server(parts["worker"], logs["worker"]) as worker,
        ):
            yield
            await _told_to_end(server, worker)
        for name, log in logs.items():
            self.ear.hears(name, log.read_text())

    async def _is_ready(self) -> bool:
        try:
            return (await self.client.get("/healthz")).status_code == 200
        except httpx2.HTTPError:
            return False


async def _told_to_end(*stands: DisposableServer) -> None:
    for stand in stands:
        await stand.kill(SIGTERM)


@asynccontextmanager
async def installation() -> AsyncIterator[Installation]:
    """One with a recognisable value in every secret setting."""
    ear, port = Ear(), free_port()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_folder())
        _, cluster = await stack.enter_async_context(disposable_database())
        _, queue = await stack.enter_async_context(disposable_queue_server())
        await migrate(cluster.url(), RUNTIME)
        of_database, of_queue = ear.secret("the database's password"), ear.secret("the queue server's password")
        async with Redis.from_url(queue.url) as operator:
            await operator.config_set("requirepass", of_queue)
        mail = await stack.enter_async_context(_demanding_host(ear.secret("the mail host's password")))
        database_line = await stack.enter_async_context(proxy_before(cluster.sockets / ".s.PGSQL.5432"))
        queue_line = await stack.enter_async_context(proxy_before(queue.socket))
        keys = [ear.secret(f"key {number}", Fernet.generate_key().decode()) for number in range(2)]
        environment = {
            "DATABASE_URL": f"postgresql://{RUNTIME}:{of_database}@127.0.0.1:{database_line.port}/desk",
            "REDIS_URL": f"redis://:{of_queue}@127.0.0.1:{queue_line.port}",
            "SMTP_URL": mail.url,
            "EMP_SECOND_FACTOR_KEYS": ",".join(keys),
            "EMP_METRICS_TOKEN": ear.secret("the metrics token"),
            "EMP_LOG_LEVEL": "debug",
            "EMP_DRAIN_S": "0",
            "PORT": str(port),
        }
        tables = await asyncpg.connect(cluster.url())
        stack.push_async_callback(tables.close)
        headers = {"x-requested-with": "tests"}
        client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, headers=headers)
        await stack.enter_async_context(client)
        yield Installation(ear, environment, folder, database_line, queue_line, mail, tables, client)


@asynccontextmanager
async def _demanding_host(password: str) -> AsyncIterator[DemandingHost]:
    mail, loop = DemandingHost(password=password), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mail, loop=loop, authenticator=mail.judged, auth_require_tls=False),
        *("127.0.0.1", 0),
    )
    mail.url = f"smtp://mailer:{password}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield mail
    finally:
        server.close()
