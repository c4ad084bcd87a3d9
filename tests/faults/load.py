"""Customers who go on filing and approving through whatever happens, and count what they were told."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import asyncpg
import httpx2

from backend import clock
from backend.accounts.models import Account
from backend.catalogue import Language
from backend.global_ids import global_id
from backend.identity import people, sessions
from backend.identity.roles import Role
from tests.desk import PASSWORD

FILE = """
mutation ($input: DatapointsChangeInput!) {
  answer: requestDatapointsChange(input: $input) { request { id preview { version } } errors { code } }
}
"""

APPROVE = """
mutation ($input: ApproveRequestInput!) { answer: approveRequest(input: $input) { request { id } errors { code } } }
"""

KEPT = """
SELECT a.id, a.datapoints,
       (SELECT count(*) FROM change_request r WHERE r.account_id = a.id) AS filed,
       (SELECT count(*) FROM change_request r WHERE r.account_id = a.id AND r.state = 'APPROVED') AS approved
  FROM account a
"""

FIRST = 100
"""Datapoints of each account at the beginning; each approval adds one."""

LET_GO_AFTER = 10.0
"""Seconds that a customer waits for one answer before they ask again."""

GIVES_UP_AFTER = 60.0
"""Seconds after which no customer asks any more."""


@dataclass
class Customer:
    """One account's SuperAdmin and their counterpart in Customer Success, on phones that retry by key."""

    account_id: int
    asks: dict[str, str]
    decides: dict[str, str]
    client: httpx2.AsyncClient
    filed: int = 0
    approved: int = 0
    refused: list[Any] = field(default_factory=list)
    """Answers that are neither a success nor a coded 503."""
    asked: int = 0
    put_off: int = 0
    """Of what was asked, how often nothing came, or a 503."""
    slowest: float = 0.0
    """Seconds of the slowest answer."""

    async def works(self, stopped: asyncio.Event) -> None:
        """File and approve, over and over; what was begun is finished."""
        for number in count():
            if stopped.is_set():
                return
            account = global_id("Account", self.account_id)
            filing = {"accountId": account, "delta": 1, "clientMutationId": f"file {self.account_id} {number}"}
            request = (await self._answered(self.asks, FILE, filing))["request"]
            self.filed += 1
            version = request["preview"]["version"]
            approval = {
                "id": request["id"],
                "previewVersion": version,
                "clientMutationId": f"approve {self.account_id} {number}",
            }
            await self._answered(self.decides, APPROVE, approval)
            self.approved += 1

    async def _answered(self, headers: dict[str, str], query: str, fields: dict[str, Any]) -> Any:
        async with asyncio.timeout(GIVES_UP_AFTER):
            return await self._answered_in_the_end(headers, query, fields)

    async def _answered_in_the_end(self, headers: dict[str, str], query: str, fields: dict[str, Any]) -> Any:
        while True:
            began = time.monotonic()
            self.asked += 1
            try:
                response = await self.client.post(
                    "/graphql", json={"query": query, "variables": {"input": fields}}, headers=headers
                )
            except httpx2.HTTPError:
                self.put_off += 1
                await asyncio.sleep(0.05)
                continue
            self.slowest = max(self.slowest, time.monotonic() - began)
            if response.status_code == 503:
                assert response.headers["retry-after"]
                self.put_off += 1
                await asyncio.sleep(0.05)
                continue
            body: Any = response.json() if response.status_code == 200 else {"errors": response.text}
            if "errors" not in body and not body["data"]["answer"]["errors"]:
                return body["data"]["answer"]
            self.refused.append(body)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def customers(base_url: str, number: int) -> AsyncIterator[list[Customer]]:
    """So many, each with an account of their own, in the open database."""
    decider = await people.add_user(
        "carla@platform.example", name="Carla", role=Role.CUSTOMER_SUCCESS, password=PASSWORD
    )
    acme = await people.add_organisation("Acme", country="ES", time_zone="Europe/Madrid", language=Language.EN)
    today = clock.today("Europe/Madrid")
    async with httpx2.AsyncClient(base_url=base_url, timeout=LET_GO_AFTER) as client:
        found = []
        for one in range(number):
            asker = await people.add_user(
                f"ada{one}@acme.example", name="Ada", role=Role.SUPER_ADMIN, password=PASSWORD, organisation=acme
            )
            account = await Account.create(
                organisation=acme,
                name=f"Plant {one}",
                client_name="Client",
                licence="DETECT",
                datapoints=FIRST,
                sector="OFFICES",
                country="ES",
                anchor=today,
                months=12,
                starts_on=today,
                expires_on=today + timedelta(days=300),
            )
            asks, decides = [(await sessions.open_phone_session(user, "phone")).access for user in (asker, decider)]
            found.append(Customer(account.id, _bearer(asks.text), _bearer(decides.text), client))
        yield found


async def lost_and_doubled(url: str, found: list[Customer]) -> tuple[int, int]:
    """How much of what customers were told is not kept, and how much is kept more than once."""
    connection = await asyncpg.connect(url)
    kept = {row["id"]: row for row in await connection.fetch(KEPT)}
    await connection.close()
    lost = doubled = 0
    for customer in found:
        row = kept[customer.account_id]
        applied = row["datapoints"] - FIRST
        more = (row["filed"] - customer.filed, row["approved"] - customer.approved, applied - customer.approved)
        lost += sum(max(0, -difference) for difference in more)
        doubled += sum(max(0, difference) for difference in more)
    return lost, doubled


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
