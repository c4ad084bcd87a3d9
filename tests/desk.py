"""The desk as its users meet it: people who call the real application over HTTP, on a database of the test's own."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx2
from starlette.applications import Starlette
from strawberry.utils.str_converters import to_camel_case

from backend import clock
from backend.accounts.models import Account
from backend.accounts.term import ONE_DAY, expiry
from backend.api.requests.registry import REQUEST_TYPES
from backend.catalogue import Language
from backend.global_ids import global_id
from backend.identity import people
from backend.identity.models import Organisation, User
from backend.identity.roles import Role

PASSWORD = "a password of tests"

REQUEST = """
fragment Request on ChangeRequest {
  __typename id type state accountName comment account { id name datapoints version: expiresOn }
  requestedBy { name } requestedAt decision { by { name } at reason }
  preview { version allowed changes { field before after } rules { code field holds } }
  allowedActions { action allowed reason { code } }
}
"""

ERRORS = "errors { code field message request { id state decision { by { name } } } changes { field before after } }"

FILE = {to_camel_case(api.member): (to_camel_case(api.name), api.input.__name__) for api in REQUEST_TYPES}
"""The mutation and the input that file a request, by the member of ``ChangeInput``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered."""

    body: dict[str, Any]
    status: int = 200

    @property
    def data(self) -> Any:
        """The data; the call must have had no error."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def code(self) -> str:
        """The code of the one GraphQL error."""
        (error,) = self.body["errors"]
        return str(error["extensions"]["code"])


@dataclass(frozen=True, slots=True)
class Payload:
    """What a mutation on requests answered."""

    request: dict[str, Any] | None
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[str]:
        """The codes of what the user can mend."""
        return [error["code"] for error in self.errors]

    @property
    def fields(self) -> list[str | None]:
        """The fields that the errors are about."""
        return [error["field"] for error in self.errors]

    @property
    def id(self) -> str:
        """The request's id; it must have been accepted."""
        assert self.request is not None, self.errors
        return str(self.request["id"])

    @property
    def version(self) -> str:
        """The version of the preview that came with it."""
        assert self.request is not None, self.errors
        return str(self.request["preview"]["version"])


@dataclass(slots=True)
class Person:
    """Somebody with a client of their own."""

    user: User | None
    client: httpx2.AsyncClient

    async def signs_in(self) -> "Person":
        """Sign in as the page does."""
        assert self.user is not None
        answer = await self.tries_to_sign_in(self.user.email, PASSWORD)
        assert answer.data["signIn"]["viewer"], answer.body
        return self

    async def tries_to_sign_in(self, email: str, password: str, **more: Any) -> Answer:
        """Sign in with these words."""
        query = """
        mutation ($input: SignInInput!) {
          signIn(input: $input) { viewer { id name } tokens { accessToken refreshToken } errors { code message } }
        }"""
        return await self.asks(query, input={"email": email, "password": password, **more})

    async def asks(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Answer:
        """Send an operation."""
        response = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return Answer(response.json(), response.status_code)

    async def files(self, kind: str, key: str | None = None, **fields: Any) -> Payload:
        """File a request of a kind of ``FILE``."""
        mutation, input_type = FILE[kind]
        query = f"{REQUEST} mutation ($input: {input_type}!) {{"
        query += f"answer: {mutation}(input: $input) {{ request {{ ...Request }} {ERRORS} }} }}"
        answer = await self.asks(query, input={**fields, "clientMutationId": key})
        return Payload(**answer.data["answer"])

    async def previews(self, kind: str, **fields: Any) -> Any:
        """Ask what a change would do."""
        query = "query ($change: ChangeInput!) { preview(change: $change) {"
        query += " version allowed changes { field before after } rules { code field holds message } } }"
        return (await self.asks(query, change={kind: fields})).data["preview"]

    async def request(self, request_id: str) -> Any:
        """A request as this person sees it now."""
        return (
            await self.asks(f"{REQUEST} query ($id: ID!) {{ changeRequest(id: $id) {{ ...Request }} }}", id=request_id)
        ).data["changeRequest"]

    async def approves(self, request_id: str, seen: str | None = None, key: str | None = None) -> Payload:
        """Approve what is shown now, or what was seen before."""
        version = seen if seen is not None else (await self.request(request_id))["preview"]["version"]
        return await self._decides(
            "approveRequest",
            "ApproveRequestInput",
            {"id": request_id, "previewVersion": version, "clientMutationId": key},
        )

    async def rejects(self, request_id: str, reason: str = "Not this year.", key: str | None = None) -> Payload:
        """Reject for a reason."""
        fields = {"id": request_id, "reason": reason, "clientMutationId": key}
        return await self._decides("rejectRequest", "RejectRequestInput", fields)

    async def withdraws(self, request_id: str) -> Payload:
        """Take a request back."""
        return await self._decides("withdrawRequest", "WithdrawRequestInput", {"id": request_id})

    async def _decides(self, mutation: str, input_type: str, fields: dict[str, Any]) -> Payload:
        query = f"{REQUEST} mutation ($input: {input_type}!) {{"
        query += f"answer: {mutation}(input: $input) {{ request {{ ...Request }} {ERRORS} }} }}"
        return Payload(**(await self.asks(query, input=fields)).data["answer"])


@dataclass
class Desk:
    """Two organisations, their people and Customer Success, on an application that runs."""

    app: Starlette
    clients: list[httpx2.AsyncClient] = field(default_factory=list)
    _numbers: int = 0
    acme: Organisation = field(init=False)
    rival: Organisation = field(init=False)
    super_admin: Person = field(init=False)
    member: Person = field(init=False)
    outsider: Person = field(init=False)
    customer_success: Person = field(init=False)
    colleague: Person = field(init=False)

    async def open(self) -> None:
        """Give the story its people."""
        self.acme = await people.add_organisation(
            "Acme", country="ES", time_zone="Europe/Madrid", language=Language.EN, mail_domains=["acme.example"]
        )
        self.rival = await people.add_organisation(
            "Rival", country="FR", time_zone="Europe/Paris", language=Language.FR, mail_domains=["rival.example"]
        )
        self.super_admin = await self.person("ada@acme.example", Role.SUPER_ADMIN, self.acme)
        self.member = await self.person("mia@acme.example", Role.MEMBER, self.acme)
        self.outsider = await self.person("rex@rival.example", Role.SUPER_ADMIN, self.rival)
        self.customer_success = await self.person("carla@platform.example", Role.CUSTOMER_SUCCESS)
        self.colleague = await self.person("sofia@platform.example", Role.CUSTOMER_SUCCESS)

    async def close(self) -> None:
        """Hang up."""
        for client in self.clients:
            await client.aclose()

    async def person(self, email: str, role: Role, organisation: Organisation | None = None) -> Person:
        """A new user, signed in."""
        name = email.partition("@")[0].title()
        user = await people.add_user(email, name=name, role=role, password=PASSWORD, organisation=organisation)
        return await self.stranger(user).signs_in()

    def stranger(self, user: User | None = None, address: str = "127.0.0.1") -> Person:
        """A client that nobody is signed in with."""
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, client=(address, 40000)),
            base_url="http://testserver",
            headers={"x-requested-with": "tests"},
        )
        self.clients.append(client)
        return Person(user, client)

    async def account(self, organisation: Organisation | None = None, **changes: Any) -> str:
        """An active account's id; 100 datapoints on Detect in Spain, expiring in 200 days unless said."""
        self._numbers += 1
        expires_on = changes.pop("expires_on", self.today() + timedelta(days=200))
        anchor = changes.pop("anchor", None) or _anchor(expires_on)
        fields: dict[str, Any] = {
            "name": f"Plant {self._numbers}",
            "client_name": "Client",
            "licence": "DETECT",
            "datapoints": 100,
            "sector": "OFFICES",
            "country": "ES",
            "anchor": anchor,
            "months": 12,
            "starts_on": anchor,
            "expires_on": expires_on,
        }
        made = await Account.create(organisation=organisation or self.acme, **{**fields, **changes})
        return global_id("Account", made.id)

    async def expired_account(self, **changes: Any) -> str:
        """An account whose term was over yesterday."""
        return await self.account(expires_on=self.today() - ONE_DAY, **changes)

    def today(self) -> date:
        """Today at Acme."""
        return clock.today("Europe/Madrid")

    async def sees(self, account_id: str, person: Person | None = None) -> Any:
        """An account as Customer Success, or somebody else, sees it now."""
        query = """
        query ($id: ID!) { account(id: $id) {
          id name clientName datapoints licence { code } startsOn expiresOn zone daysLeft rtcLines mailDomain
          allowedActions { action allowed reason { code request { id } } } pendingRequests { id type }
          timeline { nodes { kind by { name } reason changes { field before after } } }
        } }"""
        return (await (person or self.customer_success).asks(query, id=account_id)).data["account"]

    async def state_of(self, request_id: str) -> str:
        """Where a request stands."""
        return str((await self.customer_success.request(request_id))["state"])


def _anchor(expires_on: date) -> date:
    first = expires_on + ONE_DAY
    anchor = first.replace(year=first.year - 1) if (first.month, first.day) != (2, 29) else date(first.year - 1, 2, 28)
    assert expiry(anchor, 12) <= expires_on
    return anchor


NEW_ACCOUNT: dict[str, Any] = {
    "accountName": "Plant 12",
    "clientName": "Acme Retail",
    "licence": "OPTIMISE",
    "datapoints": 250,
    "periodMonths": 12,
    "sector": "RETAIL",
    "country": "ES",
    "rtcLines": 4,
    "mailDomain": "acme.example",
    "comment": "Opens in January.",
}
"""A new account that breaks no rule."""
