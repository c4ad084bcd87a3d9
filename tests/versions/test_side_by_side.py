"""This version and the next one serve one database, one queue server and one mail host, each by its own processes."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backend import clock
from backend.accounts.models import Account
from backend.accounts.term import expiry
from backend.catalogue import Language
from backend.embedded.mailbox import free_port
from backend.embedded.part import Part
from backend.global_ids import global_id
from backend.identity import people
from backend.identity.models import Organisation, User
from backend.identity.roles import Role
from backend.settings import settings
from backend.storage.database import fetch
from backend.worker import queue, wake
from tests.desk import PASSWORD, Person
from tests.faults.disposable_servers import running_server
from tests.servers import MailServer, open_folder
from tests.versions import next_version
from tests.waiting import until

THIS = Path(__file__).parents[2]

START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from backend.cli.main import app; app()"

FILE = """
mutation ($account: ID!) { requestRelocation(input: {accountId: $account, country: "FR"}) {
  request { id __typename preview { version } } errors { code } } }
"""

LIST = """{ changeRequests { nodes { id __typename type typeName
  preview { allowed } allowedActions { action allowed reason { code } } } } }"""

ACCOUNT = """query ($id: ID!) { account(id: $id) {
  country { code } timeline { nodes { kind request { __typename typeName } } } } }"""

MAILS_OF = "SELECT state, attempt, failures FROM mail WHERE facts->>'type' = $1 ORDER BY id"


@dataclass(slots=True)
class Versions:
    """Starts processes of both; the folders of their sources are ``THIS`` and ``next``."""

    next: Path
    folder: Path
    stack: AsyncExitStack

    async def serves(self, source: Path) -> str:
        """Start a server. Returns its address."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"

        async def is_ready() -> bool:
            async with httpx2.AsyncClient(trust_env=False) as client:
                try:
                    return (await client.get(f"{address}/healthz")).status_code == 200
                except httpx2.HTTPError:
                    return False

        await self._starts(source, "serve", is_ready, {"PORT": str(port)})
        return address

    async def works(self, source: Path) -> None:
        """Start a worker."""

        async def is_ready() -> bool:
            return True

        await self._starts(source, "worker", is_ready, {})

    async def signed_in(self, user: User, address: str) -> Person:
        """Somebody who uses the server at an address."""
        client = httpx2.AsyncClient(base_url=address, headers={"x-requested-with": "tests"}, trust_env=False)
        await self.stack.enter_async_context(client)
        return await Person(user, client).signs_in()

    async def _starts(self, source: Path, command: str, is_ready: Any, environment: dict[str, str]) -> None:
        whole = (sys.executable, "-c", START, str(source), command)
        part = Part(f"{source.name} {command}", whole, is_ready, os.environ | environment)
        log = self.folder / f"{command}-{'this' if source == THIS else 'next'}.log"
        await self.stack.enter_async_context(running_server(part, log))


@pytest.fixture
async def versions(connected: None, tmp_path: Path) -> AsyncIterator[Versions]:
    """Both versions on the test's own servers; nothing runs yet."""
    next_version.write(tmp_path)
    with open_folder() as folder:
        async with AsyncExitStack() as stack:
            yield Versions(tmp_path, folder, stack)


async def an_account(owner: Organisation, name: str) -> str:
    """An account's id."""
    today = clock.today(owner.time_zone)
    made = await Account.create(
        organisation=owner,
        name=name,
        client_name="Client",
        licence="DETECT",
        datapoints=100,
        sector="OFFICES",
        country="ES",
        anchor=today - timedelta(days=30),
        months=12,
        starts_on=today - timedelta(days=30),
        expires_on=expiry(today - timedelta(days=30), 12),
    )
    return global_id("Account", made.id)


A_MINUTE_AND_MORE = 150.0
"""Seconds: a worker of this version may take the hint, and the next version's then looks at its next minute."""


async def all_are_sent() -> bool:
    """Whether every mail about the next version's request went out."""
    return {row["state"] for row in await fetch(MAILS_OF, "RELOCATION")} == {"SENT"}


async def test_a_request_that_only_the_next_version_knows_goes_its_way_beside_this_one(
    versions: Versions, smtp_server: MailServer
) -> None:
    acme = await people.add_organisation("Acme", country="ES", time_zone="Europe/Madrid", language=Language.EN)
    ada = await people.add_user(
        "ada@acme.example", name="Ada", role=Role.SUPER_ADMIN, password=PASSWORD, organisation=acme
    )
    carla = await people.add_user("carla@platform.example", name="Carla", role=Role.CUSTOMER_SUCCESS, password=PASSWORD)
    moving, other = await an_account(acme, "Plant 1"), await an_account(acme, "Plant 2")
    old, new = await versions.serves(THIS), await versions.serves(versions.next)
    await versions.works(THIS)
    ada_old, ada_new = await versions.signed_in(ada, old), await versions.signed_in(ada, new)
    carla_old, carla_new = await versions.signed_in(carla, old), await versions.signed_in(carla, new)
    async with queue(settings().redis_url) as link:
        await link.enqueue_job("a_job_of_the_next_version")

    # Filed by the next version: the worker of this one leaves its mail, and sends what is filed after it.
    filed = (await ada_new.asks(FILE, account=moving)).data["requestRelocation"]
    assert filed["errors"] == []
    assert filed["request"]["__typename"] == "RelocationRequest"
    await ada_old.files("datapoints", accountId=other, delta=5)
    await until(lambda: len(smtp_server.messages) == 1, within=60)
    assert "Datapoints" in str(smtp_server.messages[0]["Subject"])
    async with queue(settings().redis_url) as link:
        await wake(link)
    assert await fetch(MAILS_OF, "RELOCATION") == [{"state": "WAITING", "attempt": 0, "failures": 0}]

    # This version shows it as itself, and leaves the decision to the next.
    shown = {one["id"]: one for one in (await carla_old.asks(LIST)).data["changeRequests"]["nodes"]}
    relocation = shown[filed["request"]["id"]]
    assert (relocation["__typename"], relocation["typeName"]) == ("OtherRequest", "RELOCATION")
    assert relocation["preview"] == {"allowed": False}
    assert {one["reason"]["code"] for one in relocation["allowedActions"]} == {"NEWER_VERSION", "NOT_ALLOWED"}
    assert (await carla_old.approves(relocation["id"], seen="1-x")).codes == ["NEWER_VERSION"]
    assert (await ada_old.withdraws(relocation["id"])).codes == ["NEWER_VERSION"]

    # The next version's worker sends what waits, and each mail goes out once.
    await versions.works(versions.next)
    await until(lambda: len(smtp_server.messages) == 2, within=A_MINUTE_AND_MORE)
    assert "Relocation" in str(smtp_server.messages[1]["Subject"])
    approved = await carla_new.approves(relocation["id"], filed["request"]["preview"]["version"])
    assert approved.errors == []
    await until(lambda: len(smtp_server.messages) == 3, within=A_MINUTE_AND_MORE)
    assert smtp_server.recipients[2] == ["ada@acme.example"]
    await until(all_are_sent)

    # What came of it is read by both.
    for person in (ada_old, ada_new):
        account = (await person.asks(ACCOUNT, id=moving)).data["account"]
        assert account["country"] == {"code": "FR"}
        assert [one["kind"] for one in account["timeline"]["nodes"]] == ["APPROVED", "REQUESTED"]
        assert {one["request"]["typeName"] for one in account["timeline"]["nodes"]} == {"RELOCATION"}
    assert (await carla_old.approves(relocation["id"], seen="1-x")).codes == ["ALREADY_DECIDED"]
