"""An account with three pending requests, the concurrent operations on it, and the outcome in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.global_ids import global_id, key_in
from backend.identity.models import User
from backend.requests import lifecycle
from backend.requests.target import current_preview
from backend.requests.types.datapoints import DatapointsChange
from backend.requests.types.licence import LicenceChange
from backend.requests.types.renewal import Renewal
from backend.storage.database import fetch
from tests.desk import Desk, Person
from tests.faults.calls import Call, SqlStatement, call_of

ERRORS = "errors { code request { decision { by { name } } } }"

OPERATIONS = {
    "approve": "approveRequest(input: {id: $id, previewVersion: $previewVersion, clientMutationId: $key})",
    "reject": 'rejectRequest(input: {id: $id, reason: "No.", clientMutationId: $key})',
    "withdraw": "withdrawRequest(input: {id: $id, clientMutationId: $key})",
    "remove": "requestDatapointsChange(input: {accountId: $id, delta: -40, clientMutationId: $key})",
}

OUTCOME = """
SELECT a.datapoints, a.licence, a.expires_on::text, a.version,
       (SELECT array_agg(concat_ws(' ', r.type, r.state, p.name) ORDER BY r.id)
          FROM change_request r LEFT JOIN person p ON p.id = r.decided_by_id WHERE r.account_id = a.id) AS requests,
       (SELECT array_agg(concat_ws(' ', t.kind, r.type, t.account_version) ORDER BY t.id)
          FROM timeline_event t JOIN change_request r ON r.id = t.request_id WHERE t.account_id = a.id) AS timeline,
       (SELECT array_agg(concat_ws(' ', m.kind, m.facts->>'decision', r.type) ORDER BY m.kind, r.type, m.id)
          FROM mail m JOIN change_request r ON r.id = m.request_id WHERE r.account_id = a.id) AS mails
  FROM account a WHERE a.id = $1
"""


@dataclass(frozen=True, slots=True)
class ContestedAccount:
    """An account of 70 datapoints; Ada asks to release 30, Bea asks for another licence and for a renewal."""

    account_id: int
    removal: tuple[str, str]
    licence: tuple[str, str]
    renewal: tuple[str, str]
    """Id of each request, and the version of its preview when the operations are built."""


@dataclass(frozen=True, slots=True)
class RaceSetup:
    """The users of the concurrent operations."""

    desk: Desk
    bea: Person
    """A second SuperAdmin of the organisation."""

    async def new_account(self) -> ContestedAccount:
        """A new account with three pending requests; users suspended in an earlier race are active again."""
        await User.filter(is_active=False).update(is_active=True)
        account_id = key_in(await self.desk.account(datapoints=70, licence="DETECT"), "Account")
        ada, bea = self.desk.super_admin.user, self.bea.user
        assert ada
        assert bea
        filed = [
            await lifecycle.file(DatapointsChange(account_id, -30), by=ada),
            await lifecycle.file(LicenceChange(account_id, "OPTIMISE"), by=bea),
            await lifecycle.file(Renewal(account_id), by=bea),
        ]
        versions = [(await current_preview(request))[1].version for request in filed]
        ids = [global_id("ChangeRequest", request.id) for request in filed]
        return ContestedAccount(account_id, *zip(ids, versions, strict=True))

    def operations(self, account: ContestedAccount) -> Mapping[str, Call | SqlStatement]:
        """All operations that race on the account, by name."""
        carla, sofia = self.desk.customer_success, self.desk.colleague
        return {
            "approve": _decision("approve", carla, account.removal),
            "approve too": _decision("approve", sofia, account.removal),
            "reject": _decision("reject", sofia, account.removal),
            "withdraw": _decision("withdraw", self.bea, account.removal),
            "another removal": call_of(self.bea, _document("remove"), {"id": global_id("Account", account.account_id)}),
            "approve the licence": _decision("approve", sofia, account.licence),
            "approve the renewal": _decision("approve", sofia, account.renewal),
            "suspend the requester": SqlStatement("UPDATE person SET is_active = false WHERE name = 'Ada'"),
            "suspend who approves": SqlStatement("UPDATE person SET is_active = false WHERE name = 'Carla'"),
        }

    async def execute_alone(self, order: Call | SqlStatement) -> Any:
        """Execute one operation in this process, without any other. Returns the response's body."""
        if isinstance(order, SqlStatement):
            return await fetch(f"{order.sql} RETURNING id")
        body = {"query": order.query, "variables": order.variables}
        client = self.desk.stranger().client
        return (await client.post("/graphql", json=body, headers=order.headers)).json()


async def outcome_of(account: ContestedAccount, answers: list[Any]) -> tuple[Any, ...]:
    """The account, its requests, timeline and mails after a race, and a summary of each response."""
    (row,) = await fetch(OUTCOME, account.account_id)
    return *map(str, row.values()), *map(summary_of, answers)


def summary_of(body: Any) -> str:
    """A response without what differs from account to account, such as ids."""
    if not isinstance(body, dict):
        return "done"
    if "errors" in body:
        return str([error["extensions"]["code"] for error in body["errors"]])
    answer = body["data"]["answer"]
    if answer["request"]:
        return str(answer["request"]["state"])
    return str([_reason(error) for error in answer["errors"]])


def _reason(error: dict[str, Any]) -> tuple[str, str | None]:
    # The request that stands in the way is shown as it is when the answer is written; only of one that was decided
    # is it certain what that says.
    decided = error["code"] == "ALREADY_DECIDED"
    return error["code"], error["request"]["decision"]["by"]["name"] if decided else None


def _decision(operation: str, person: Person, request: tuple[str, str]) -> Call:
    request_id, preview_version = request
    variables = {"id": request_id} | ({"previewVersion": preview_version} if operation == "approve" else {})
    return call_of(person, _document(operation), variables)


def _document(name: str) -> str:
    version = "$previewVersion: String!, " if name == "approve" else ""
    payload = f"{{ request {{ state }} {ERRORS} }}"
    return f"mutation ($id: ID!, {version}$key: String) {{ answer: {OPERATIONS[name]} {payload} }}"
