"""A server that cannot write its log, or is short of memory and files, answers what it can and keeps running."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx2
import pytest

from backend.catalogue import Language
from backend.embedded.mailbox import free_port
from backend.embedded.postgres import Cluster
from backend.identity import people
from backend.identity.roles import Role
from backend.storage.database import database
from backend.storage.migrator import migrate
from tests.desk import PASSWORD
from tests.faults.disposable_servers import DisposableServer, disposable_database
from tests.faults.test_under_load import MAX_OPEN_FILES, SERVE, serving
from tests.promises import Promise

SIGN_IN = """
mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password, client: PHONE}) {
    tokens { accessToken } errors { code }
  }
}"""

UNLIMITED = dict.fromkeys(
    ("EMP_SIGN_IN_ATTEMPTS_PER_PERSON", "EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS", "EMP_CALLS_PER_MINUTE_PER_ADDRESS"), "0"
)

ADDRESS_SPACE_MB = 512
"""Limit of the server's address space."""

UNWRITABLE_LOGS = {
    "a full disk": f"{SERVE} > /dev/full 2>&1",
    "a pipe that nobody reads": f"{SERVE} > >(true) 2>&1",
}


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    """The URL of a database with one user."""
    async with disposable_database() as (_, cluster):
        yield await _with_a_user(cluster)


async def _with_a_user(cluster: Cluster) -> str:
    await migrate(cluster.url())
    async with database(cluster.url()):
        acme = await people.add_organisation("Acme", country="ES", time_zone="Europe/Madrid", language=Language.EN)
        await people.add_user(
            "ada@acme.example", name="Ada", role=Role.SUPER_ADMIN, password=PASSWORD, organisation=acme
        )
    return cluster.url()


async def sign_in(client: httpx2.AsyncClient, password: str, email: str = "ada@acme.example") -> tuple[int, str]:
    """Sign in. Returns the HTTP status, and an error code or ``signed in``."""
    variables = {"email": email, "password": password}
    response = await client.post("/graphql", json={"query": SIGN_IN, "variables": variables})
    body = response.json()
    if "errors" in body:
        return response.status_code, body["errors"][0]["extensions"]["code"]
    answer = body["data"]["signIn"]
    return response.status_code, answer["errors"][0]["code"] if answer["errors"] else "signed in"


def is_alive(server: DisposableServer) -> bool:
    """Whether its process is running."""
    return server.child is not None and server.child.process.returncode is None


@pytest.mark.parametrize("log", UNWRITABLE_LOGS)
async def test_a_server_whose_log_cannot_be_written_serves(
    url: str, valkey_url: str, promise: Promise, log: str
) -> None:
    port = free_port()
    async with (
        serving(url, valkey_url, port, UNLIMITED, UNWRITABLE_LOGS[log]) as server,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        wrong = [await sign_in(client, "a wrong guess") for _ in range(10)]
        right = await sign_in(client, PASSWORD)

        assert is_alive(server)
    assert (set(wrong), right) == ({(200, "WRONG_CREDENTIALS")}, (200, "signed in"))
    promise(f"Calls of 11 that {log} as the log made fail", 0)


async def test_a_server_out_of_memory_or_files_answers_503_and_keeps_running(
    url: str, valkey_url: str, promise: Promise
) -> None:
    port = free_port()
    # Each hash takes so much that few fit beside each other.
    costly = {"EMP_ARGON2_MEMORY_KIB": str(ADDRESS_SPACE_MB * 1024 // 4), "EMP_ARGON2_PASSES": "1"}
    shell_command = f"ulimit -n {MAX_OPEN_FILES}; ulimit -v {ADDRESS_SPACE_MB * 1024}; {SERVE}"
    async with (
        serving(url, valkey_url, port, UNLIMITED | costly, shell_command) as server,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        # Nobody's password is hashed as the settings say.
        guesses = (sign_in(client, "a guess", "nobody@acme.example") for _ in range(12))
        outcomes = Counter(await asyncio.gather(*guesses))
        healthy = await client.get("/healthz")

        assert is_alive(server)
    assert set(outcomes) <= {(200, "WRONG_CREDENTIALS"), (503, "UNAVAILABLE")}
    assert outcomes[503, "UNAVAILABLE"]
    assert healthy.status_code == 200
    promise(f"Servers that ended because of {ADDRESS_SPACE_MB} MB of memory and {MAX_OPEN_FILES} files", 0)
