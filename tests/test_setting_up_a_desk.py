"""README's "Set up a desk" makes a working desk, line by line as it stands there."""

import asyncio
import os
import re
import shlex
import sys
import sysconfig
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from configparser import ConfigParser
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from httpx2 import AsyncClient

from backend.embedded.mailbox import free_port
from backend.embedded.postgres import DATABASE, OWNER, RUNTIME, SUPERUSER, Cluster, unprivileged_owner
from backend.embedded.postgres_binaries import find_binaries
from tests.faults.disposable_servers import disposable_database
from tests.servers import MailServer
from tests.waiting import until

ROOT = Path(__file__).parents[1]

PASSWORD = "a long enough password"

PLACES = ("/opt/account-desk", "/etc/account-desk", "/etc/systemd/system", "/etc/nginx/conf.d", "/usr/local/sbin")
"""Folders of the machine, each of which the test has in a folder of its own."""

RECORDED = ("apt-get", "systemctl", "nginx")
"""Commands that only the machine's root has; what they are asked is kept."""


class Machine:
    """A folder that stands for a machine: its files, its commands, and what its operator typed."""

    def __init__(self, folder: Path, cluster: Cluster, queue_url: str, smtp_url: str) -> None:
        self.folder = folder
        self._commands = folder / "commands"
        self._commands.mkdir()
        self._chosen = {
            "DATABASE_URL": cluster.url(role=RUNTIME),
            "DATABASE_OWNER_URL": cluster.url(role=OWNER),
            "REDIS_URL": queue_url,
            "SMTP_URL": smtp_url,
            "EMP_PUBLIC_URL": "https://desk.example",
        }
        for place in PLACES:
            self.at(place).parent.mkdir(parents=True, exist_ok=True)
        for place in PLACES[2:]:
            self.at(place).mkdir()
        programs = find_binaries(unprivileged_owner())
        self._command("sudo", '[ "$1" = -u ] && shift 2; exec "$@"')
        self._command("psql", f"exec {programs}/psql -v ON_ERROR_STOP=1 -h {cluster.sockets} -U {SUPERUSER} postgres")
        # The libraries of the environment that runs the tests count as there, so that nothing is fetched.
        libraries = sysconfig.get_paths()["purelib"]
        self._command(
            "python3",
            f'{sys.executable} "$@" && for found in "$3"/lib/python*/site-packages; do '
            f"echo {shlex.quote(libraries)} > $found/tests.pth; done",
        )
        edits = "".join(f" -e \"s|^{name}=.*|{name}='{value}'|\"" for name, value in self._chosen.items())
        self._command("sudoedit", f'sed -i {edits} "$@"')
        for name in RECORDED:
            self._command(name, f'echo "$@" >> {folder}/{name}.txt')

    def at(self, place: str) -> Path:
        """Where the test has a file of the machine."""
        return self.folder / place.removeprefix("/")

    def placed(self, text: str) -> str:
        """The text with the test's places."""
        return re.sub("|".join(PLACES), lambda found: str(self.at(found[0])), text)

    def asked(self, command: str) -> list[str]:
        """What a recorded command was asked, a line each."""
        return (self.folder / f"{command}.txt").read_text().splitlines()

    async def types(self, lines: str) -> str:
        """Run lines of README in a shell; the first that fails ends it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EMP_")}
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", self.placed(lines)),
            cwd=ROOT,
            env=environment
            | {
                "PATH": f"{self._commands}:{self.at('/usr/local/sbin')}:{os.environ['PATH']}",
                "EMP_PASSWORD": PASSWORD,
                "MAKEFLAGS": "",
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        said, _ = await shell.communicate()
        assert shell.returncode == 0, said.decode()
        # What was copied names the places of a real machine.
        for place in PLACES:
            for file in self.at(place).glob("*") if self.at(place).is_dir() else ():
                if file.is_file():
                    file.write_text(self.placed(file.read_text()))
        return said.decode()

    @asynccontextmanager
    async def started(self, unit: str) -> AsyncIterator[None]:
        """What systemd does with a unit: start it with its settings, and wait for what it waits for."""
        name, _, instance = unit.partition("@")
        file = self.at("/etc/systemd/system") / (f"{name}@.service" if instance else f"{name}.service")
        described = ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
        described.optionxform = str  # type: ignore[assignment,method-assign]
        described.read_string(file.read_text().replace("%i", instance))
        service = described["Service"]
        own = settings_in(Path(service["EnvironmentFile"]))
        if "Environment" in service:
            own |= dict([service["Environment"].split("=", 1)])
        process = await asyncio.create_subprocess_exec(
            *shlex.split(service["ExecStart"]), env=own, stdout=PIPE, stderr=STDOUT
        )
        try:
            if "ExecStartPost" in service:
                started = await asyncio.create_subprocess_exec(*shlex.split(service["ExecStartPost"]))
                assert await started.wait() == 0
            yield
        finally:
            process.terminate()
            said, _ = await asyncio.wait_for(process.communicate(), float(service["TimeoutStopSec"]))
            assert process.returncode in {0, -15}, said.decode()

    def _command(self, name: str, script: str) -> None:
        file = self._commands / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)


def settings_in(file: Path) -> dict[str, str]:
    """The settings of a file, as systemd reads them."""
    lines = [line for line in file.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def blocks() -> list[str]:
    """What README asks to be typed, block by block."""
    section = (ROOT / "README.md").read_text().split("\n## Set up a desk\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


async def forget_roles(cluster: Cluster) -> None:
    """Take from a server what the embedded one is started with: README makes it."""
    connection = await asyncpg.connect(cluster.url("postgres", SUPERUSER))
    await connection.execute(f"DROP DATABASE {DATABASE}")
    await connection.execute(f"DROP ROLE {OWNER}, {RUNTIME}")
    await connection.close()


async def test_whoever_types_what_stands_there_has_a_desk_to_sign_in_to(
    tmp_path: Path, valkey_url: str, smtp_server: MailServer
) -> None:
    packages, database, program, people, services, proxy = blocks()
    async with disposable_database() as (_, cluster):
        await forget_roles(cluster)
        machine = Machine(tmp_path, cluster, valkey_url, smtp_server.url)

        await machine.types(packages)
        await machine.types(database)
        await machine.types(program)
        said = await machine.types(people)
        assert "ada@northwind.example may sign in." in said
        # The ports of README may be taken on the machine that runs the tests.
        first, second = free_port(), free_port()
        await machine.types(services.replace("8001", str(first)).replace("8002", str(second)))
        enabled = machine.asked("systemctl")[1].removeprefix("enable --now ").split()
        assert enabled == [f"account-desk-web@{first}", f"account-desk-web@{second}", "account-desk-worker"]
        web, other_web, worker = enabled
        async with machine.started(web), machine.started(other_web), machine.started(worker):
            for port in (first, second):
                await signs_in(f"http://127.0.0.1:{port}", "ada@northwind.example")
                await signs_in(f"http://127.0.0.1:{port}", "grace@platform.example")
            await machine.types(proxy.replace("https://desk.example", f"http://127.0.0.1:{first}"))
            await mail_goes_out(f"http://127.0.0.1:{first}", smtp_server)
        assert machine.asked("nginx") == ["-t"]


async def signs_in(address: str, email: str) -> None:
    """See that somebody of README may sign in, as a phone does."""
    query = "mutation ($input: SignInInput!) { signIn(input: $input) { viewer { email } errors { code } } }"
    values = {"input": {"email": email, "password": PASSWORD, "client": "PHONE"}}
    async with AsyncClient(base_url=address) as client:
        answer = await client.post("/graphql", json={"query": query, "variables": values})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["signIn"]["errors"] == [], answer.text


async def mail_goes_out(address: str, smtp_server: MailServer) -> None:
    """See that the worker sends: somebody has forgotten a password."""
    query = "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { errors { code } } }"
    async with AsyncClient(base_url=address) as client:
        answer = await client.post(
            "/graphql", json={"query": query, "variables": {"input": {"email": "ada@northwind.example"}}}
        )
    assert "errors" not in answer.json(), answer.text
    await until(lambda: any("https://desk.example/" in str(mail) for mail in smtp_server.messages), within=90)
