"""Server and worker as operators start them, with a unique text in every secret and a record of all outputs."""

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

COMMAND_TIMEOUT_S = 10.0
"""After which a command gets SIGTERM: a worker retries without end while a server is away."""


@dataclass
class DisclosureRecorder:
    """All outputs by their source, and the secrets that none of them may contain."""

    secrets: dict[str, str] = field(default_factory=dict)
    outputs: list[tuple[str, str]] = field(default_factory=list)

    def secret(self, name: str, text: str | None = None) -> str:
        """Register a secret, by default a new unique text. Returns it."""
        self.secrets[name] = text or f"canary-{os.urandom(9).hex()}"
        return self.secrets[name]

    def record(self, source: str, text: str) -> None:
        """Record an output."""
        self.outputs.append((source, text))

    def disclosed(self) -> list[tuple[str, str]]:
        """Secrets in outputs, in plain text or in Base64, as pairs of secret and source."""
        return [
            (name, source)
            for name, secret in self.secrets.items()
            for source, text in self.outputs
            if any(form in text for form in (secret, *_base64_forms(secret)))
        ]


def _base64_forms(secret: str) -> list[str]:
    """Its Base64 forms at each alignment, without the characters that depend on neighbouring bytes."""
    shifted = [base64.b64encode(b"\0" * before + secret.encode()).decode() for before in range(3)]
    return [text[4 if before else 0 : -4] for before, text in enumerate(shifted)]


@dataclass
class AuthenticatingHost(MailServer):
    """A mail host that demands a password; its refusals repeat the credentials."""

    password: str = ""
    refuses_connections: bool = False

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Check a user's credentials; called by aiosmtpd."""
        if not self.refuses_connections and data.password.decode() == self.password:
            return AuthResult(success=True)
        credentials = base64.b64encode(b"\0" + data.login + b"\0" + data.password).decode()
        return AuthResult(
            success=False, handled=False, message=f"535 5.7.8 not with {data.password.decode()} ({credentials})"
        )


@dataclass
class Installation:
    """Server and worker, and proxies in front of the servers that they use."""

    recorder: DisclosureRecorder
    environment: dict[str, str]
    folder: Path
    database: Proxy
    queue: Proxy
    mail: AuthenticatingHost
    connection: asyncpg.Connection
    client: httpx2.AsyncClient

    async def asks(self, query: str, *secret_fields: str, token: str = "", **variables: Any) -> Any:
        """Send an operation. Values of ``secret_fields`` are secrets from then on, and left out of the record."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        text = response.text
        for name, value in re.findall(r'"(\w+)":\s*"([^"]+)"', text):
            if name in secret_fields:
                text = text.replace(self.recorder.secret(f"{name} {value[:4]}…", value), "…")
        self.recorder.record("an answer", text)
        if "session" in response.cookies:
            self.recorder.secret("a cookie", response.cookies["session"])
        return response.json()

    async def post_body(self, content: str) -> None:
        """Send a body as it is."""
        response = await self.client.post("/graphql", content=content, headers={"content-type": "application/json"})
        self.recorder.record("an answer", response.text)

    async def emp(self, *arguments: str, **environment: str) -> int:
        """Run a command until it ends, or to COMMAND_TIMEOUT_S. Returns its exit code."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend.cli.main", *arguments),
            env=os.environ | self.environment | environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        termination = asyncio.get_running_loop().call_later(COMMAND_TIMEOUT_S, process.terminate)
        outputs, _ = await process.communicate()
        termination.cancel()
        self.recorder.record(f"emp {arguments[0]}", outputs.decode())
        assert process.returncode is not None
        return process.returncode

    def has_logged(self, who: str, words: str) -> bool:
        """Whether the log of the server or the worker contains this text."""
        return words in (self.folder / f"{who}.log").read_text()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run server and worker for as long as the block runs; record their logs at the end."""
        parts = {name: Part(name, (sys.executable, "-m", "backend.cli.main", name), self._is_ready, self.environment)
                 for name in ("serve", "worker")}  # fmt: skip
        logs = {name: self.folder / f"{name}.log" for name in parts}
        async with (
            running_server(parts["serve"], logs["serve"]) as server,
            running_server(parts["worker"], logs["worker"]) as worker,
        ):
            yield
            await _terminate(server, worker)
        for name, log in logs.items():
            self.recorder.record(name, log.read_text())

    async def _is_ready(self) -> bool:
        try:
            return (await self.client.get("/healthz")).status_code == 200
        except httpx2.HTTPError:
            return False


async def _terminate(*servers: DisposableServer) -> None:
    for server in servers:
        await server.kill(SIGTERM)


@asynccontextmanager
async def installation() -> AsyncIterator[Installation]:
    """An installation with a unique value in every secret setting."""
    recorder, port = DisclosureRecorder(), free_port()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_folder())
        _, cluster = await stack.enter_async_context(disposable_database())
        _, queue = await stack.enter_async_context(disposable_queue_server())
        await migrate(cluster.url(), RUNTIME)
        database_password, queue_password = (
            recorder.secret("the database's password"),
            recorder.secret("the queue server's password"),
        )
        async with Redis.from_url(queue.url) as operator:
            await operator.config_set("requirepass", queue_password)
        mail = await stack.enter_async_context(_authenticating_host(recorder.secret("the mail host's password")))
        database_proxy = await stack.enter_async_context(proxy_before(cluster.sockets / ".s.PGSQL.5432"))
        queue_proxy = await stack.enter_async_context(proxy_before(queue.socket))
        keys = [recorder.secret(f"key {number}", Fernet.generate_key().decode()) for number in range(2)]
        environment = {
            "DATABASE_URL": f"postgresql://{RUNTIME}:{database_password}@127.0.0.1:{database_proxy.port}/desk",
            "REDIS_URL": f"redis://:{queue_password}@127.0.0.1:{queue_proxy.port}",
            "SMTP_URL": mail.url,
            "EMP_SECOND_FACTOR_KEYS": ",".join(keys),
            "EMP_METRICS_TOKEN": recorder.secret("the metrics token"),
            "EMP_LOG_LEVEL": "debug",
            "EMP_DRAIN_S": "0",
            "PORT": str(port),
        }
        connection = await asyncpg.connect(cluster.url())
        stack.push_async_callback(connection.close)
        headers = {"x-requested-with": "tests"}
        client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, headers=headers)
        await stack.enter_async_context(client)
        yield Installation(recorder, environment, folder, database_proxy, queue_proxy, mail, connection, client)


@asynccontextmanager
async def _authenticating_host(password: str) -> AsyncIterator[AuthenticatingHost]:
    mail, loop = AuthenticatingHost(password=password), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mail, loop=loop, authenticator=mail.authenticate, auth_require_tls=False),
        *("127.0.0.1", 0),
    )
    mail.url = f"smtp://mailer:{password}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield mail
    finally:
        server.close()
