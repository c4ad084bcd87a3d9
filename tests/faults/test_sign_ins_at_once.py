"""Many who sign in at one moment keep nobody else waiting for long, and take no more memory than was set aside."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from backend.embedded.mailbox import free_port
from backend.embedded.postgres import Cluster
from backend.identity.passwords import MAX_CONCURRENT_HASHES
from backend.settings import Settings
from backend.storage.database import database
from backend.storage.migrator import migrate
from tests.faults.disposable_servers import Stand, database_stand
from tests.faults.latency_probe import high, latencies, resident
from tests.faults.load import customers
from tests.faults.test_under_load import serving
from tests.promises import Promise
from tests.waiting import ended

AT_THE_DOOR = 20

SIGN_IN = 'mutation { signIn(input: {email: "nobody@acme.example", password: "wrong"}) { errors { code } } }'

UNLIMITED = dict.fromkeys(
    (
        "EMP_SIGN_IN_ATTEMPTS_PER_PERSON",
        "EMP_SIGN_IN_ATTEMPTS_PER_PERSON_ANYWHERE",
        "EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS",
        "EMP_CALLS_PER_MINUTE_PER_ADDRESS",
        "EMP_CALLS_PER_MINUTE_PER_PERSON",
        "EMP_COST_PER_MINUTE_PER_PERSON",
    ),
    "0",
)


@pytest.fixture
async def stand() -> AsyncIterator[tuple[Stand, Cluster]]:
    """A database of its own."""
    async with database_stand() as (stand, cluster):
        await migrate(cluster.url())
        yield stand, cluster


async def test_other_clients_are_served_and_memory_is_bounded_during_many_sign_ins(
    stand: tuple[Stand, Cluster], valkey_url: str, long: bool, promise: Promise
) -> None:
    asked, url, port = (200 if long else 5), stand[1].url(), free_port()
    as_in_production = {
        "EMP_ARGON2_MEMORY_KIB": str(Settings.model_fields["argon2_memory_kib"].default),
        "EMP_ARGON2_PASSES": str(Settings.model_fields["argon2_passes"].default),
    }
    async with (
        serving(url, valkey_url, port, UNLIMITED | as_in_production) as server,
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (innocent,),
    ):
        assert server.child is not None
        alone, before = await latencies(innocent, asked), resident(server.child.process.pid)
        at_the_door = [asyncio.create_task(signs_in_over_and_over(port)) for _ in range(AT_THE_DOOR)]
        besieged, during = await latencies(innocent, asked), resident(server.child.process.pid)
        await ended(*at_the_door)

    assert during - before < 300
    promise(
        f"An innocent's 99th percentile, alone and while {AT_THE_DOOR} sign in over and over",
        f"{high(alone) * 1000:.0f} ms, {high(besieged) * 1000:.0f} ms",
    )
    promise(f"Memory that the server took for them, at {MAX_CONCURRENT_HASHES} hashes at once", f"{during - before} MB")


async def signs_in_over_and_over(port: int) -> None:
    """Somebody who does not know the password."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        while True:
            answer = await client.post("/graphql", json={"query": SIGN_IN})
            assert answer.status_code == 200
