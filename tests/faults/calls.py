"""Clients of the desk, each with a whole application in a process of its own: they act at one moment, or die at one."""

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

PATIENCE = 60.0
"""Seconds in which an actor must have acted; far more than it takes."""

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
    dies_after: int | None = None
    """The number of the SQL statement after which its process is killed, counted from 1."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that is done to the database past the application."""

    sql: str
    delay: float = 0.0


def call_of(person: Person, query: str, variables: dict[str, Any]) -> Call:
    """A call as this person's client sends it, with its session."""
    request = person.client.build_request("POST", "/graphql")
    headers = {name: value for name, value in request.headers.items() if name not in {"content-length", "host"}}
    return Call(headers, query, variables)


class Died(Exception):
    """The actor's process was killed before it answered."""


@dataclass
class Actors:
    """So many processes that act together."""

    count: int
    _barrier: Barrier = field(init=False)
    _orders: list["Connection[Any, Any]"] = field(default_factory=list)
    _running: list[ForkServerProcess] = field(default_factory=list)

    def start(self, at: datetime) -> None:
        """Start them; their clocks stand at this instant."""
        self._barrier = _processes.Barrier(self.count)
        for _ in range(self.count):
            ours, theirs = _processes.Pipe()
            process = _processes.Process(target=_act, args=(theirs, self._barrier, dict(os.environ), at), daemon=True)
            process.start()
            theirs.close()
            self._orders.append(ours)
            self._running.append(process)

    async def act(self, *orders: Call | Statement) -> list[Any]:
        """Let each carry out one order, all at the same moment. Returns their answers' bodies. Raises: Died."""
        assert len(orders) == self.count
        for pipe, order in zip(self._orders, orders, strict=True):
            pipe.send(order)
        return await asyncio.to_thread(_answers, self._orders)

    async def statements(self) -> int:
        """How many SQL statements the first of them has run since it was last asked."""
        self._orders[0].send("statements")
        (count,) = await asyncio.to_thread(_answers, self._orders[:1])
        return int(count)

    def stop(self) -> None:
        """End them."""
        for process in self._running:
            process.kill()
        for process, pipe in zip(self._running, self._orders, strict=True):
            process.join()
            pipe.close()


def _answers(pipes: "Sequence[Connection[Any, Any]]") -> list[Any]:
    found = []
    for pipe in pipes:
        if not pipe.poll(PATIENCE):
            raise TimeoutError("an actor does not answer")
        try:
            found.append(pipe.recv())
        except EOFError:
            raise Died from None
    return found


def _act(orders: "Connection[Any, Any]", barrier: Barrier, environment: dict[str, str], at: datetime) -> None:
    os.environ.update(environment)
    settings.cache_clear()
    configure_logs()
    with _counted_statements() as counter, clock.set_to(at):
        asyncio.run(_carry_out(orders, barrier, counter))


@dataclass
class _Counter:
    count: int = 0
    dies_after: int | None = None


async def _carry_out(orders: "Connection[Any, Any]", barrier: Barrier, counter: _Counter) -> None:
    app = create_app()
    transport = httpx2.ASGITransport(app=app)
    ours = {"x-requested-with": "tests"}
    client = httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=ours)
    async with LifespanManager(app), client:
        database = await asyncpg.connect(settings().database_url)
        while True:
            order = orders.recv()
            if order == "statements":
                orders.send(counter.count)
                continue
            barrier.wait(PATIENCE)
            await asyncio.sleep(order.delay)
            if isinstance(order, Statement):
                orders.send(await database.execute(order.sql))
                continue
            counter.count, counter.dies_after = 0, order.dies_after
            body = {"query": order.query, "variables": order.variables}
            response = await client.post("/graphql", json=body, headers=order.headers)
            orders.send(response.json())


@contextmanager
def _counted_statements() -> Iterator[_Counter]:
    """Count the statements of this process that PostgreSQL has carried out; die where that is asked for."""
    counter = _Counter()

    def count(_: str) -> None:
        counter.count += 1
        if counter.count == counter.dies_after:
            os.kill(os.getpid(), signal.SIGKILL)

    with each_statement(count):
        yield counter
