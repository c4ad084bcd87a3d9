"""Customers who keep filing and approving requests during faults, and count the acknowledged writes."""

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

FILE_MUTATION = """
mutation ($input: DatapointsChangeInput!) {
  answer: requestDatapointsChange(input: $input) { request { id preview { version } } errors { code } }
}
"""

APPROVE_MUTATION = """
mutation ($input: ApproveRequestInput!) { answer: approveRequest(input: $input) { request { id } errors { code } } }
"""

STORED = """
SELECT a.id, a.datapoints,
       (SELECT count(*) FROM change_request r WHERE r.account_id = a.id) AS filed,
       (SELECT count(*) FROM change_request r WHERE r.account_id = a.id AND r.state = 'APPROVED') AS approved
  FROM account a
"""

INITIAL_DATAPOINTS = 100
"""Datapoints of each account at first; each approval adds one."""

ANSWER_TIMEOUT_S = 10.0
"""For one answer; then the call is sent again with the same key."""

RETRY_FOR_S = 60.0
"""For all tries of one call; then the test fails with TimeoutError."""


@dataclass
class Customer:
    """The SuperAdmin of one account and an approver of Customer Success, on phones that retry with idempotency keys."""

    account_id: int
    requester_headers: dict[str, str]
    approver_headers: dict[str, str]
    client: httpx2.AsyncClient
    filed: int = 0
    approved: int = 0
    unexpected_answers: list[Any] = field(default_factory=list)
    """Bodies of answers that are neither a success nor a 503 with a code."""
    calls: int = 0
    unavailable: int = 0
    """Number of calls without an answer or with a 503."""
    slowest_s: float = 0.0
    """Of the slowest answer."""

    async def file_and_approve(self, stopped: asyncio.Event) -> None:
        """File and approve requests until ``stopped`` is set; a request that was filed is still approved."""
        for number in count():
            if stopped.is_set():
                return
            account = global_id("Account", self.account_id)
            filing = {"accountId": account, "delta": 1, "clientMutationId": f"file {self.account_id} {number}"}
            request = (await self._call(self.requester_headers, FILE_MUTATION, filing))["request"]
            self.filed += 1
            version = request["preview"]["version"]
            approval = {
                "id": request["id"],
                "previewVersion": version,
                "clientMutationId": f"approve {self.account_id} {number}",
            }
            await self._call(self.approver_headers, APPROVE_MUTATION, approval)
            self.approved += 1

    async def _call(self, headers: dict[str, str], query: str, fields: dict[str, Any]) -> Any:
        async with asyncio.timeout(RETRY_FOR_S):
            return await self._retry_until_answered(headers, query, fields)

    async def _retry_until_answered(self, headers: dict[str, str], query: str, fields: dict[str, Any]) -> Any:
        while True:
            began = time.monotonic()
            self.calls += 1
            try:
                response = await self.client.post(
                    "/graphql", json={"query": query, "variables": {"input": fields}}, headers=headers
                )
            except httpx2.HTTPError:
                self.unavailable += 1
                await asyncio.sleep(0.05)
                continue
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            if response.status_code == 503:
                assert response.headers["retry-after"]
                self.unavailable += 1
                await asyncio.sleep(0.05)
                continue
            body: Any = response.json() if response.status_code == 200 else {"errors": response.text}
            if "errors" not in body and not body["data"]["answer"]["errors"]:
                return body["data"]["answer"]
            self.unexpected_answers.append(body)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def customers(base_url: str, count: int) -> AsyncIterator[list[Customer]]:
    """So many customers, each with an account of their own, created in the open database."""
    approver = await people.add_user(
        "carla@platform.example", name="Carla", role=Role.CUSTOMER_SUCCESS, password=PASSWORD
    )
    acme = await people.add_organisation("Acme", country="ES", time_zone="Europe/Madrid", language=Language.EN)
    today = clock.today("Europe/Madrid")
    async with httpx2.AsyncClient(base_url=base_url, timeout=ANSWER_TIMEOUT_S) as client:
        created = []
        for number in range(count):
            requester = await people.add_user(
                f"ada{number}@acme.example", name="Ada", role=Role.SUPER_ADMIN, password=PASSWORD, organisation=acme
            )
            account = await Account.create(
                organisation=acme,
                name=f"Plant {number}",
                client_name="Client",
                licence="DETECT",
                datapoints=INITIAL_DATAPOINTS,
                sector="OFFICES",
                country="ES",
                anchor=today,
                months=12,
                starts_on=today,
                expires_on=today + timedelta(days=300),
            )
            requester_headers, approver_headers = [
                (await sessions.open_phone_session(user, "phone")).access for user in (requester, approver)
            ]
            created.append(
                Customer(account.id, _bearer(requester_headers.text), _bearer(approver_headers.text), client)
            )
        yield created


async def lost_and_doubled(url: str, customers: list[Customer]) -> tuple[int, int]:
    """Number of acknowledged writes that are not stored, and of those that are stored more than once."""
    connection = await asyncpg.connect(url)
    stored = {row["id"]: row for row in await connection.fetch(STORED)}
    await connection.close()
    lost = doubled = 0
    for customer in customers:
        row = stored[customer.account_id]
        added = row["datapoints"] - INITIAL_DATAPOINTS
        differences = (row["filed"] - customer.filed, row["approved"] - customer.approved, added - customer.approved)
        lost += sum(max(0, -difference) for difference in differences)
        doubled += sum(max(0, difference) for difference in differences)
    return lost, doubled


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
