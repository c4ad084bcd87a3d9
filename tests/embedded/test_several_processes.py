"""Two servers and two workers on one database and one queue server are one desk."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from backend.embedded.mailbox import free_port
from backend.embedded.part import Part
from backend.embedded.supervisor import Supervisor
from backend.mail.models import Mail
from tests.desk import Desk, Person
from tests.servers import MailServer
from tests.waiting import is_listening, until

WATCH = "subscription { changeRequestChanged { request { id state } } }"


@dataclass
class TwoServers:
    """The desk's people, and the ports at which both servers answer."""

    desk: Desk
    ports: tuple[int, int]
    stack: AsyncExitStack

    async def at(self, place: int, person: Person) -> Person:
        """The same person at one of the servers, with the cookies that they have."""
        client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.ports[place]}",
            cookies=dict(person.client.cookies),
            headers={"x-requested-with": "tests"},
            timeout=30,
        )
        return Person(person.user, await self.stack.enter_async_context(client))

    async def signs_in(self, person: Person) -> Person:
        """The person, newly signed in at the first server."""
        return await (await self.at(0, self.desk.stranger(person.user))).signs_in()


@pytest.fixture
async def two_servers(desk: Desk, tmp_path: Path) -> AsyncIterator[TwoServers]:
    """Two servers and two workers, as an operator starts them."""
    supervisor, ports = Supervisor(tmp_path / "logs"), (free_port(), free_port())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(supervisor.stop)
        await asyncio.gather(*(supervisor.start(_part(f"server-{port}", "serve", port)) for port in ports))
        await asyncio.gather(*(supervisor.start(_part(f"worker-{n}", "worker", None)) for n in (1, 2)))
        yield TwoServers(desk, ports, stack)


def _part(name: str, command: str, port: int | None) -> Part:
    async def is_ready() -> bool:
        return port is None or await is_listening(port)

    environment = {"PORT": str(port)} if port else {}
    return Part(name, (sys.executable, "-m", "backend.cli.main", command), is_ready, environment)


async def test_a_session_opened_at_one_server_is_good_at_the_other_and_ends_at_both(two_servers: TwoServers) -> None:
    ada = await two_servers.signs_in(two_servers.desk.super_admin)
    there = await two_servers.at(1, ada)
    seen = await there.asks("{ viewer { name } }")

    await there.asks("mutation { signOut { errors { code } } }")

    assert seen.data == {"viewer": {"name": "Ada"}}
    assert (await ada.asks("{ viewer { name } }")).data == {"viewer": None}


async def test_what_is_filed_at_one_server_is_heard_at_the_other(two_servers: TwoServers) -> None:
    account = await two_servers.desk.account()
    ada = await two_servers.signs_in(two_servers.desk.super_admin)
    cookie = "; ".join(f"{name}={value}" for name, value in ada.client.cookies.items())

    async with connect(
        f"ws://127.0.0.1:{two_servers.ports[1]}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers={"cookie": cookie},
        proxy=None,
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": WATCH}}))
        heard = asyncio.create_task(_next(socket))
        filed: list[str] = []

        async def files_until_heard() -> bool:
            # The subscription stands a moment after it was asked for; whatever is filed before is not news.
            payload = await ada.files("datapoints", accountId=account, delta=20)
            filed.append(payload.id)
            await asyncio.wait([heard], timeout=1)
            if not heard.done():
                await ada.withdraws(payload.id)
            return heard.done()

        await until(files_until_heard, within=60)

    assert (await heard)["request"]["id"] in filed


async def test_many_approvals_at_both_servers_decide_once_and_the_two_workers_send_one_mail(
    two_servers: TwoServers, smtp_server: MailServer
) -> None:
    account = await two_servers.desk.account(datapoints=100)
    ada = await two_servers.signs_in(two_servers.desk.super_admin)
    filed = await ada.files("datapoints", accountId=account, delta=10)
    here = await two_servers.signs_in(two_servers.desk.customer_success)
    there = await two_servers.at(1, here)

    answers = await asyncio.gather(*(person.approves(filed.id, seen=filed.version) for person in [here, there] * 4))

    assert sorted(answer.codes for answer in answers) == [[]] + [["ALREADY_DECIDED"]] * 7
    await until(lambda: _nothing_waits(), within=60)
    to_ada = [message for message in smtp_server.messages if "ada@" in str(message["To"])]
    assert len(to_ada) == 1
    assert (await two_servers.desk.sees(account))["datapoints"] == 110


async def test_wrong_passwords_are_counted_by_both_servers_together(two_servers: TwoServers) -> None:
    stranger = two_servers.desk.stranger(two_servers.desk.member.user)
    doors = [await two_servers.at(0, stranger), await two_servers.at(1, stranger)]

    answers = [await doors[turn % 2].tries_to_sign_in("mia@acme.example", "not hers at all") for turn in range(6)]

    assert [_code(answer.body) for answer in answers] == ["WRONG_CREDENTIALS"] * 5 + ["TOO_MANY_REQUESTS"]


async def _next(socket: Any) -> Any:
    while True:
        message = json.loads(await socket.recv())
        if message["type"] == "next":
            return message["payload"]["data"]["changeRequestChanged"]


async def _nothing_waits() -> bool:
    return not await Mail.filter(state__in=["WAITING", "CLAIMED", "IN_DOUBT"]).exists()


def _code(body: dict[str, Any]) -> str:
    if "errors" in body:
        return str(body["errors"][0]["extensions"]["code"])
    return str(body["data"]["signIn"]["errors"][0]["code"])
