"""A database with a full disk keeps acknowledged writes, refuses others, and serves again once there is space."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from backend import clock
from backend.embedded.postgres import RUNTIME, Cluster
from backend.requests.models import ChangeRequest
from backend.settings import settings
from backend.storage.migrator import migrate
from backend.storage.transient_errors import WRITES_REFUSED_FOR_S
from backend.web.health import SERVES_FOR
from tests.desk import Desk
from tests.faults.disposable_servers import DisposableServer, disposable_database
from tests.promises import Promise
from tests.running import running_desk
from tests.servers import open_folder
from tests.waiting import until

DISK_SIZE = "200m"
"""Of which a new cluster uses a third."""

FREE_BYTES = 1024 * 1024
"""Of the disk, before the requests are filed."""

MAX_REQUESTS = 3000
"""With comments: more than the free bytes can hold."""


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small tmpfs. Skips where none may be mounted."""
    with open_folder() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE},mode=711", "tmpfs", folder], check=False
        )
        if mounted.returncode:
            pytest.skip("no tmpfs may be mounted here")
        yield folder
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
async def database_server(disk: Path) -> AsyncIterator[tuple[DisposableServer, Cluster]]:
    """A database on this disk."""
    async with disposable_database(durable=True, folder=disk) as (database_server, cluster):
        await migrate(cluster.url(), RUNTIME)
        yield database_server, cluster


@pytest.fixture
async def desk(
    environment: pytest.MonkeyPatch, database_server: tuple[DisposableServer, Cluster]
) -> AsyncIterator[Desk]:
    """The desk with this database."""
    environment.setenv("DATABASE_URL", database_server[1].url(role=RUNTIME))
    settings.cache_clear()
    async with running_desk() as desk:
        yield desk


def fill(disk: Path) -> Path:
    """Fill the disk up to FREE_BYTES. Returns the file that fills it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    os.truncate(filler, filler.stat().st_size - FREE_BYTES)
    return filler


async def test_acknowledged_writes_survive_a_full_disk_and_service_resumes_with_free_space(
    desk: Desk, database_server: tuple[DisposableServer, Cluster], disk: Path, promise: Promise
) -> None:
    accounts = [await desk.account() for _ in range(20)]
    filler = fill(disk)

    answers: list[tuple[str, int]] = []
    for number in range(MAX_REQUESTS):
        account, key = accounts[number % len(accounts)], f"k-{number}"
        fields = {"accountId": account, "delta": 1, "comment": "x" * 500, "clientMutationId": key}
        response = await desk.super_admin.client.post(
            "/graphql", json={"query": FILE_MUTATION, "variables": {"input": fields}}
        )
        answers.append((key, response.status_code))
        if response.status_code != 200:
            break
        request = response.json()["data"]["answer"]["request"]
        await desk.super_admin.client.post(
            "/graphql", json={"query": WITHDRAW_MUTATION, "variables": {"id": request["id"]}}
        )
    unready = await desk.stranger().client.get("/readyz")
    os.unlink(filler)
    if database_server[0].child and database_server[0].child.process.returncode is not None:
        await database_server[0].start()
    await until(lambda: _is_served(desk), within=30)
    await until(lambda: _is_ready(desk), within=WRITES_REFUSED_FOR_S + 20)

    assert answers[-1][1] == 503
    assert (unready.status_code, unready.json()["ready"]) == (503, False)
    acknowledged = sum(status == 200 for _, status in answers)
    assert await ChangeRequest.all().count() == acknowledged
    promise(f"Acknowledged writes lost, of {acknowledged} until the disk was full", 0)


async def _is_served(desk: Desk) -> bool:
    response = await desk.super_admin.client.post("/graphql", json={"query": "{ viewer { id } }"})
    return response.status_code == 200


async def _is_ready(desk: Desk) -> bool:
    clock.advance(SERVES_FOR)
    return (await desk.stranger().client.get("/readyz")).status_code == 200


FILE_MUTATION = """
mutation ($input: DatapointsChangeInput!) {
  answer: requestDatapointsChange(input: $input) { request { id } errors { code } }
}
"""

WITHDRAW_MUTATION = "mutation ($id: ID!) { withdrawRequest(input: {id: $id}) { errors { code } } }"
