"""Clients with the whole application in a process each: they send calls at one moment, or are killed at a statement."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier
from typing import Any

import asyncpg
import httpx2
from asgi_lifespan import LifespanManager

from backend import clock
from backend.logging import configure_logs
from backend.settings import settings
from backend.web.app import create_app
from tests.desk import Person
from tests.statements import each_statement

TIMEOUT_S = 60.0
"""Within which a process must have answered; far more than it takes."""

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of one person."""

    headers: dict[str, str]
    query: str
    variables: dict[str, Any]
    delay: float = 0.0
    """Seconds after the others."""
    kill_after: int | None = None
    """The number of the SQL statement after which its process is killed, counted from 1."""


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """SQL that is executed without the application."""

    sql: str
    delay: float = 0.0


def call_of(person: Person, query: str, variables: dict[str, Any]) -> Call:
    """A call as this person's client sends it, with its session."""
    request = person.client.build_request("POST", "/graphql")
    headers = {name: value for name, value in request.headers.items() if name not in {"content-length", "host"}}
    return Call(headers, query, variables)


class ProcessKilled(Exception):
    """The process was killed before it answered."""


@dataclass
class ClientProcesses:
    """Processes that each execute one order at the same moment."""

    count: int
    _barrier: Barrier = field(init=False)
    _pipes: list["Connection[Any, Any]"] = field(default_factory=list)
    _running: list[ForkServerProcess] = field(default_factory=list)

    def start(self, at: datetime) -> None:
        """Start the processes, with their clocks set to this instant."""
        self._barrier = _processes.Barrier(self.count)
        for _ in range(self.count):
            pipe, pipe_of_client = _processes.Pipe()
            process = _processes.Process(
                target=_run_client, args=(pipe_of_client, self._barrier, dict(os.environ), at), daemon=True
            )
            process.start()
            pipe_of_client.close()
            self._pipes.append(pipe)
            self._running.append(process)

    async def execute_together(self, *orders: Call | SqlStatement) -> list[Any]:
        """Execute one order in each process at the same moment. Returns the response bodies. Raises: ProcessKilled."""
        assert len(orders) == self.count
        for pipe, order in zip(self._pipes, orders, strict=True):
            pipe.send(order)
        return await asyncio.to_thread(_answers, self._pipes)

    async def statement_count(self) -> int:
        """Number of SQL statements that the first process ran for its last order."""
        self._pipes[0].send("statements")
        (count,) = await asyncio.to_thread(_answers, self._pipes[:1])
        return int(count)

    def stop(self) -> None:
        """Kill the processes."""
        for process in self._running:
            process.kill()
        for process, pipe in zip(self._running, self._pipes, strict=True):
            process.join()
            pipe.close()


def _answers(pipes: "Sequence[Connection[Any, Any]]") -> list[Any]:
    answers = []
    for pipe in pipes:
        if not pipe.poll(TIMEOUT_S):
            raise TimeoutError("a client process does not answer")
        try:
            answers.append(pipe.recv())
        except EOFError:
            raise ProcessKilled from None
    return answers


def _run_client(orders: "Connection[Any, Any]", barrier: Barrier, environment: dict[str, str], at: datetime) -> None:
    os.environ.update(environment)
    settings.cache_clear()
    configure_logs()
    with _counted_statements() as counter, clock.set_to(at):
        asyncio.run(_execute_orders(orders, barrier, counter))


@dataclass
class _Counter:
    count: int = 0
    kill_after: int | None = None


async def _execute_orders(orders: "Connection[Any, Any]", barrier: Barrier, counter: _Counter) -> None:
    app = create_app()
    transport = httpx2.ASGITransport(app=app)
    headers = {"x-requested-with": "tests"}
    client = httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)
    async with LifespanManager(app), client:
        database = await asyncpg.connect(settings().database_url)
        while True:
            order = orders.recv()
            if order == "statements":
                orders.send(counter.count)
                continue
            barrier.wait(TIMEOUT_S)
            await asyncio.sleep(order.delay)
            if isinstance(order, SqlStatement):
                orders.send(await database.execute(order.sql))
                continue
            counter.count, counter.kill_after = 0, order.kill_after
            body = {"query": order.query, "variables": order.variables}
            response = await client.post("/graphql", json=body, headers=order.headers)
            orders.send(response.json())


@contextmanager
def _counted_statements() -> Iterator[_Counter]:
    """Count the statements that PostgreSQL has executed for this process; kill it after the one of ``kill_after``."""
    counter = _Counter()

    def count(_: str) -> None:
        counter.count += 1
        if counter.count == counter.kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    with each_statement(count):
        yield counter
