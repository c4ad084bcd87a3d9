"""Servers are restarted one after the other behind nginx, and nobody notices."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from backend.embedded.mailbox import free_port
from backend.settings import settings
from tests.faults.disposable_servers import Stand
from tests.faults.test_under_load import SERVE, UNLIMITED, serving
from tests.nginx import CONFIGURATION, DEFAULTS, nginx
from tests.promises import Promise
from tests.servers import open_folder
from tests.waiting import until

CALLERS = 6

ASKED = {"query": "{ viewer { id } }"}
"""By POST, which nginx sends to no second server once the first has had it."""


@asynccontextmanager
async def calling(address: str) -> AsyncIterator[Counter[int]]:
    """Callers who ask one thing after the other for as long as the block runs, and the statuses of their answers."""
    statuses: Counter[int] = Counter()
    stopped = asyncio.Event()

    async def call() -> None:
        async with httpx2.AsyncClient(base_url=address, timeout=30) as client:
            while not stopped.is_set():
                answer = await client.post("/graphql", json=ASKED)
                statuses[answer.status_code] += 1

    callers = [asyncio.create_task(call()) for _ in range(CALLERS)]
    try:
        yield statuses
    finally:
        stopped.set()
        await asyncio.gather(*callers)


async def restart(server: Stand, port: int, folder: Path) -> None:
    """Restart a server as systemd does, by a signal to each of its processes; wait until nginx sends it calls again."""
    assert server.child
    os.killpg(server.child.process.pid, signal.SIGTERM)
    await server.child.ended()
    await server.start()
    log = folder / "access.log"
    before = log.stat().st_size
    await until(lambda: f"127.0.0.1:{port}\n" in log.read_text()[before:], within=30)


@pytest.mark.parametrize(("proxy", "processes"), [("ours", 1), ("its defaults", 1), ("its defaults", 2)])
async def test_no_call_fails_while_servers_are_restarted(
    connected: None, valkey_url: str, long: bool, promise: Promise, proxy: str, processes: int
) -> None:
    ports, port, restarts = (free_port(), free_port()), free_port(), 50 if long else 2
    limits = UNLIMITED | {"EMP_DRAIN_S": "1", "EMP_TRUSTED_PROXIES": "127.0.0.1"}
    how = f"{SERVE} --workers {processes}"
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(serving(settings().database_url, valkey_url, one, limits, how))
            for one in ports
        ]
        folder = stack.enter_context(open_folder())
        configuration = CONFIGURATION if proxy == "ours" else DEFAULTS
        address = await stack.enter_async_context(nginx(configuration, port, ports, folder))
        statuses = await stack.enter_async_context(calling(address))
        for number in range(restarts):
            await restart(servers[number % 2], ports[number % 2], folder)

    answered = statuses.pop(200, 0)
    promise(f"Calls of {answered} that failed in {restarts} restarts behind nginx with {proxy}", statuses.total())
    assert statuses == {}, statuses
