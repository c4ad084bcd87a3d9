"""Many concurrent sign-ins delay other clients little, and their memory is bounded."""

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
from tests.faults.disposable_servers import DisposableServer, disposable_database
from tests.faults.latency_probe import latencies, percentile_99, resident_mb
from tests.faults.load import customers
from tests.faults.test_under_load import serving
from tests.promises import Promise
from tests.waiting import ended

CONCURRENT_SIGN_INS = 20

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
async def database_server() -> AsyncIterator[tuple[DisposableServer, Cluster]]:
    """A migrated database of this test."""
    async with disposable_database() as (database_server, cluster):
        await migrate(cluster.url())
        yield database_server, cluster


async def test_other_clients_are_served_and_memory_is_bounded_during_many_sign_ins(
    database_server: tuple[DisposableServer, Cluster], valkey_url: str, long: bool, promise: Promise
) -> None:
    calls, url, port = (200 if long else 5), database_server[1].url(), free_port()
    as_in_production = {
        "EMP_ARGON2_MEMORY_KIB": str(Settings.model_fields["argon2_memory_kib"].default),
        "EMP_ARGON2_PASSES": str(Settings.model_fields["argon2_passes"].default),
    }
    async with (
        serving(url, valkey_url, port, UNLIMITED | as_in_production) as server,
        database(url),
        customers(f"http://127.0.0.1:{port}", 1) as (probe_client,),
    ):
        assert server.child is not None
        alone, before = await latencies(probe_client, calls), resident_mb(server.child.process.pid)
        sign_ins = [asyncio.create_task(sign_in_repeatedly(port)) for _ in range(CONCURRENT_SIGN_INS)]
        during_sign_ins, during = await latencies(probe_client, calls), resident_mb(server.child.process.pid)
        await ended(*sign_ins)

    assert during - before < 300
    promise(
        f"99th percentile of another client, alone and while {CONCURRENT_SIGN_INS} sign in over and over",
        f"{percentile_99(alone) * 1000:.0f} ms, {percentile_99(during_sign_ins) * 1000:.0f} ms",
    )
    promise(f"Memory that the server used, at {MAX_CONCURRENT_HASHES} concurrent hashes", f"{during - before} MB")


async def sign_in_repeatedly(port: int) -> None:
    """Sign in with a wrong password, without end."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        while True:
            answer = await client.post("/graphql", json={"query": SIGN_IN})
            assert answer.status_code == 200
