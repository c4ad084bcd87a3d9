"""Restarts of servers behind nginx, one after the other, fail no call."""

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
from tests.faults.disposable_servers import DisposableServer
from tests.faults.test_under_load import SERVE, UNLIMITED, serving
from tests.nginx import CONFIGURATION, DEFAULTS, nginx
from tests.promises import Promise
from tests.servers import open_folder
from tests.waiting import until

CALLER_COUNT = 6

QUERY_BODY = {"query": "{ viewer { id } }"}
"""Sent by POST, which nginx does not retry at a second server."""


@asynccontextmanager
async def repeated_calls(address: str) -> AsyncIterator[Counter[int]]:
    """Clients that call in a loop for as long as the block runs; counts the statuses of their answers."""
    statuses: Counter[int] = Counter()
    stopped = asyncio.Event()

    async def call() -> None:
        async with httpx2.AsyncClient(base_url=address, timeout=30) as client:
            while not stopped.is_set():
                answer = await client.post("/graphql", json=QUERY_BODY)
                statuses[answer.status_code] += 1

    callers = [asyncio.create_task(call()) for _ in range(CALLER_COUNT)]
    try:
        yield statuses
    finally:
        stopped.set()
        await asyncio.gather(*callers)


async def restart(server: DisposableServer, port: int, folder: Path) -> None:
    """Restart a server as systemd does, by a signal to each of its processes, and wait until nginx uses it again."""
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
    shell_command = f"{SERVE} --workers {processes}"
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(serving(settings().database_url, valkey_url, one, limits, shell_command))
            for one in ports
        ]
        folder = stack.enter_context(open_folder())
        configuration = CONFIGURATION if proxy == "ours" else DEFAULTS
        address = await stack.enter_async_context(nginx(configuration, port, ports, folder))
        statuses = await stack.enter_async_context(repeated_calls(address))
        for number in range(restarts):
            await restart(servers[number % 2], ports[number % 2], folder)

    answered = statuses.pop(200, 0)
    promise(f"Calls of {answered} that failed in {restarts} restarts behind nginx with {proxy}", statuses.total())
    assert statuses == {}, statuses
