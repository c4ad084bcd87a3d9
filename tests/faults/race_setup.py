"""A scene to fight over: an account with three requests pending, what can be done to it at once, and how it ended."""

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
from tests.faults.calls import Call, Statement, call_of

ERRORS = "errors { code request { decision { by { name } } } }"

OPERATIONS = {
    "approve": "approveRequest(input: {id: $id, previewVersion: $seen, clientMutationId: $key})",
    "reject": 'rejectRequest(input: {id: $id, reason: "No.", clientMutationId: $key})',
    "withdraw": "withdrawRequest(input: {id: $id, clientMutationId: $key})",
    "remove": "requestDatapointsChange(input: {accountId: $id, delta: -40, clientMutationId: $key})",
}

END = """
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
class Scene:
    """An account of 70 datapoints; Ada asks to release 30, Bea asks for another licence and for a renewal."""

    account_id: int
    removal: tuple[str, str]
    licence: tuple[str, str]
    renewal: tuple[str, str]
    """Each request's id, and the version of the preview that everybody has seen."""


@dataclass(frozen=True, slots=True)
class Troupe:
    """Who acts in scenes."""

    desk: Desk
    bea: Person
    """A second SuperAdmin of the organisation."""

    async def scene(self) -> Scene:
        """A new scene; whoever was suspended in the last one is back."""
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
        seen = [(await current_preview(request))[1].version for request in filed]
        ids = [global_id("ChangeRequest", request.id) for request in filed]
        return Scene(account_id, *zip(ids, seen, strict=True))

    def acts(self, scene: Scene) -> Mapping[str, Call | Statement]:
        """Everything that is done at once in a scene, by name."""
        carla, sofia = self.desk.customer_success, self.desk.colleague
        return {
            "approve": _decide("approve", carla, scene.removal),
            "approve too": _decide("approve", sofia, scene.removal),
            "reject": _decide("reject", sofia, scene.removal),
            "withdraw": _decide("withdraw", self.bea, scene.removal),
            "another removal": call_of(self.bea, _operation("remove"), {"id": global_id("Account", scene.account_id)}),
            "approve the licence": _decide("approve", sofia, scene.licence),
            "approve the renewal": _decide("approve", sofia, scene.renewal),
            "suspend the requester": Statement("UPDATE person SET is_active = false WHERE name = 'Ada'"),
            "suspend who approves": Statement("UPDATE person SET is_active = false WHERE name = 'Carla'"),
        }

    async def alone(self, order: Call | Statement) -> Any:
        """Carry an order out in this process, with nobody in its way. Returns the answer's body."""
        if isinstance(order, Statement):
            return await fetch(f"{order.sql} RETURNING id")
        body = {"query": order.query, "variables": order.variables}
        client = self.desk.stranger().client
        return (await client.post("/graphql", json=body, headers=order.headers)).json()


async def end_of(scene: Scene, answers: list[Any]) -> tuple[Any, ...]:
    """How a scene ended: the account, its requests, timeline and mails, and what everybody was told."""
    (row,) = await fetch(END, scene.account_id)
    return *map(str, row.values()), *map(told, answers)


def told(body: Any) -> str:
    """What an answer says, without what differs from scene to scene."""
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


def _decide(operation: str, person: Person, request: tuple[str, str]) -> Call:
    request_id, seen = request
    variables = {"id": request_id} | ({"seen": seen} if operation == "approve" else {})
    return call_of(person, _operation(operation), variables)


def _operation(name: str) -> str:
    seen = "$seen: String!, " if name == "approve" else ""
    return (
        f"mutation ($id: ID!, {seen}$key: String) {{ answer: {OPERATIONS[name]} {{ request {{ state }} {ERRORS} }} }}"
    )
