"""Any sequence of filing, deciding, suspending and waiting keeps what docs/domain.md says of accounts and requests."""

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend import clock
from backend.accounts.models import MIN_DATAPOINTS
from backend.global_ids import key_in
from backend.identity.models import User
from backend.mail.planning import plan_due
from backend.settings import settings as app_settings
from backend.storage.database import fetch
from tests.counted import counted_wrongly
from tests.desk import Payload, Person
from tests.faults.race_setup import RaceSetup
from tests.promises import Promise

REQUESTS = """
SELECT id, type, state, fields->>'delta' AS delta, requested_by_id, decided_by_id, decided_at, reason
  FROM change_request WHERE account_id = $1 ORDER BY id
"""

ACCOUNT = "SELECT datapoints, licence, version, expires_on FROM account WHERE id = $1"

EVENTS = "SELECT request_id, kind, account_version FROM timeline_event WHERE account_id = $1 ORDER BY id"

AUDIT = """
SELECT e.act FROM audit_entry e JOIN change_request r ON (e.facts->>'request')::bigint = r.id WHERE r.account_id = $1
"""

REMINDERS = """
SELECT 1 FROM mail m JOIN account a ON a.id = m.account_id
 WHERE a.id = $1 AND m.kind = 'REMINDER' AND m.state IN ('WAITING', 'CLAIMED') AND m.expires_on <> a.expires_on
"""


@dataclass
class ModelRequest:
    """A request in the model."""

    id: str
    kind: str
    value: Any
    by: str
    account_version: int
    preview_version: str
    state: str = "PENDING"


@dataclass
class Model:
    """Expected values by the rules of docs/domain.md, independent of how the desk stores them."""

    datapoints: int
    licence: str
    expires_on: date
    version: int = 1
    requests: list[ModelRequest] = field(default_factory=list)
    suspended: set[str] = field(default_factory=set)

    def has_pending(self, kind: str) -> bool:
        return any(filed.kind == kind and filed.state == "PENDING" for filed in self.requests)

    def broken_rules(self, kind: str, value: Any, today: date) -> set[str]:
        """Codes of the rules that a request breaks."""
        broken = set()
        if kind != "renewal" and today > self.expires_on:
            broken.add("ACCOUNT_EXPIRED")
        if kind == "datapoints" and value == 0:
            broken.add("NO_CHANGE")
        if kind == "datapoints" and self.datapoints + value < MIN_DATAPOINTS:
            broken.add("BELOW_MINIMUM")
        if kind == "licence" and value == self.licence:
            broken.add("SAME_LICENCE")
        return broken


CHANGES = st.one_of(
    st.tuples(st.just("datapoints"), st.integers(-60, 60)),
    st.tuples(st.just("licence"), st.sampled_from(["ANALYSE", "DETECT", "OPTIMISE"])),
    st.tuples(st.just("renewal"), st.integers(1, 3)),
)

FIELD = {"datapoints": "delta", "licence": "licence", "renewal": "periodMonths"}

SUPER_ADMINS, APPROVERS = st.sampled_from(["Ada", "Bea"]), st.sampled_from(["Carla", "Sofia"])


def audit_act(kind: str) -> str:
    """Act of the audit log for an event of the timeline, without its prefix."""
    return "FILED" if kind == "REQUESTED" else kind


class Lifecycle(RuleBasedStateMachine):
    """One account, two SuperAdmins, two approvers and a clock."""

    race_setup: RaceSetup
    loop: asyncio.AbstractEventLoop
    keys = itertools.count()
    steps = 0

    @initialize(datapoints=st.integers(20, 120), days=st.integers(0, 90), removal=st.integers(-60, 60))
    def set_up(self, datapoints: int, days: int, removal: int) -> None:
        """An account that expires soon, with one request of each type."""
        self.run(User.filter(is_active=False).update(is_active=True))
        expires_on = self.race_setup.desk.today() + timedelta(days=days)
        self.account = self.run(
            self.race_setup.desk.account(datapoints=datapoints, licence="DETECT", expires_on=expires_on)
        )
        self.initial = datapoints
        self.ended: dict[int, dict[str, Any]] = {}
        self.model = Model(datapoints, "DETECT", expires_on)
        self.sign_everybody_in()
        for kind, value in (("datapoints", removal), ("licence", "OPTIMISE"), ("renewal", 1)):
            self.asks(kind, value, "Ada", twice=False)

    @rule(change=CHANGES, by=SUPER_ADMINS, twice=st.booleans())
    def file_request(self, change: tuple[str, Any], by: str, twice: bool) -> None:
        """File a request, as a phone that may send it twice."""
        if by not in self.model.suspended:
            self.asks(*change, by, twice=twice)

    def asks(self, kind: str, value: Any, by: str, *, twice: bool) -> None:
        """File a request, and compare the answers with the model."""
        key = f"key {next(Lifecycle.keys)}"
        fields = {"accountId": self.account, FIELD[kind]: value}
        answers = [self.run(self.person(by).files(kind, key=key, **fields)) for _ in range(1 + twice)]
        answer = answers[0]
        if self.model.has_pending(kind):
            assert answer.codes == ["ALREADY_PENDING"]
        elif broken := self.model.broken_rules(kind, value, self.today()):
            assert set(answer.codes) == broken
        else:
            self.model.requests.append(ModelRequest(answer.id, kind, value, by, self.model.version, answer.version))
        assert [repeated.errors for repeated in answers[1:]] == [answer.errors] * twice
        assert all(repeated.request == answer.request for repeated in answers[1:])

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), by=APPROVERS, first_seen=st.booleans())
    def approves(self, data: st.DataObject, by: str, first_seen: bool) -> None:
        """Approve the current preview, or the one of the time of filing."""
        filed = self.draw_request(data)
        answer = self.run(self.person(by).approves(filed.id, seen=filed.preview_version if first_seen else None))
        broken = self.model.broken_rules(filed.kind, filed.value, self.today())
        if filed.by in self.model.suspended:
            broken.add("REQUESTER_INACTIVE")
        if filed.state != "PENDING":
            assert answer.codes == ["ALREADY_DECIDED"]
        elif first_seen and filed.account_version != self.model.version:
            assert answer.codes == ["STALE"]
        elif first_seen and answer.codes == ["STALE"]:
            assert filed.kind == "renewal"  # whose dates move once the account has expired
        elif broken:
            assert set(answer.codes) == broken
        else:
            assert answer.errors == []
            self.apply_to_model(filed)

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), by=APPROVERS)
    def rejects(self, data: st.DataObject, by: str) -> None:
        """Reject a request."""
        filed = self.draw_request(data)
        self.expect_ended(filed, "REJECTED", self.run(self.person(by).rejects(filed.id)))

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), by=SUPER_ADMINS)
    def withdraws(self, data: st.DataObject, by: str) -> None:
        """Withdraw a request, whoever of the organisation filed it."""
        if by in self.model.suspended:
            return
        filed = self.draw_request(data)
        self.expect_ended(filed, "WITHDRAWN", self.run(self.person(by).withdraws(filed.id)))

    @rule(who=st.just("Ada"))
    def toggle_user(self, who: str) -> None:
        """Deactivate a user, or activate them again."""
        self.model.suspended ^= {who}
        self.run(User.filter(name=who).update(is_active=who not in self.model.suspended))
        self.sign_everybody_in()

    @rule(days=st.sampled_from([0, 0, 1, 7, 40]), hours=st.sampled_from([1, 1, -1]))
    def advance_clock(self, days: int, hours: int) -> None:
        """Advance the clock by an hour, or set it back by one, and perhaps by days; plan reminders."""
        clock.advance(timedelta(days=days, hours=hours))
        self.run(plan_due(clock.now()))
        self.sign_everybody_in()

    @invariant()
    def invariants_hold(self) -> None:
        """What must be true after every step."""
        Lifecycle.steps += 1
        account_id = key_in(self.account, "Account")
        (account,) = self.run(fetch(ACCOUNT, account_id))
        requests, events = self.run(fetch(REQUESTS, account_id)), self.run(fetch(EVENTS, account_id))
        approved = [request for request in requests if request["state"] == "APPROVED"]

        assert account["datapoints"] >= MIN_DATAPOINTS
        assert account["datapoints"] == self.initial + sum(int(request["delta"] or 0) for request in approved)
        assert (account["datapoints"], account["licence"]) == (self.model.datapoints, self.model.licence)
        assert account["version"] == self.model.version == 1 + len(approved)
        versions = [event["account_version"] for event in events if event["kind"] == "APPROVED"]
        assert versions == list(range(2, 2 + len(approved)))
        assert [request["state"] for request in requests] == [filed.state for filed in self.model.requests]
        for request in requests:
            kinds = [event["kind"] for event in events if event["request_id"] == request["id"]]
            assert kinds == ["REQUESTED", *([] if request["state"] == "PENDING" else [request["state"]])]
            if request["state"] != "PENDING":
                assert self.ended.setdefault(request["id"], request) == request
                assert request["state"] == "WITHDRAWN" or request["decided_by_id"] != request["requested_by_id"]
        audit_entries = self.run(fetch(AUDIT, account_id))
        assert sorted(entry["act"] for entry in audit_entries) == sorted(
            f"REQUEST_{audit_act(event['kind'])}" for event in events
        )
        has_pending = [request["type"] for request in requests if request["state"] == "PENDING"]
        assert len(has_pending) == len(set(has_pending))
        assert self.run(fetch(REMINDERS, account_id)) == []
        assert self.run(counted_wrongly()) == []

    def draw_request(self, data: st.DataObject) -> ModelRequest:
        """A pending request, where there is one; now and then, any request."""
        has_pending = [filed for filed in self.model.requests if filed.state == "PENDING"]
        late = data.draw(st.integers(0, 4)) == 4
        return data.draw(st.sampled_from(has_pending if has_pending and not late else self.model.requests))

    def expect_ended(self, filed: ModelRequest, state: str, answer: Payload) -> None:
        """Check the answer to a rejection or withdrawal, and update the model."""
        if filed.state != "PENDING":
            assert answer.codes == ["ALREADY_DECIDED"]
        else:
            assert answer.errors == []
            filed.state = state

    def apply_to_model(self, filed: ModelRequest) -> None:
        """Update the model after an approval."""
        filed.state, self.model.version = "APPROVED", self.model.version + 1
        if filed.kind == "datapoints":
            self.model.datapoints += filed.value
        elif filed.kind == "licence":
            self.model.licence = filed.value
        else:
            (account,) = self.run(fetch(ACCOUNT, key_in(self.account, "Account")))
            assert account["expires_on"] > max(self.model.expires_on, self.today())
            self.model.expires_on = account["expires_on"]

    def today(self) -> date:
        """The date in the organisation's time zone."""
        return self.race_setup.desk.today()

    def person(self, name: str) -> Person:
        """A user by name."""
        desk = self.race_setup.desk
        people = {
            "Ada": desk.super_admin,
            "Bea": self.race_setup.bea,
            "Carla": desk.customer_success,
            "Sofia": desk.colleague,
        }
        return people[name]

    def sign_everybody_in(self) -> None:
        """Sign active users in again: time and suspension end sessions."""
        for name in {"Ada", "Bea", "Carla", "Sofia"} - self.model.suspended:
            self.run(self.person(name).signs_in())

    def run(self, work: Any) -> Any:
        """Run an awaitable in the desk's event loop, and wait for its result."""

        async def done() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result()


@pytest.fixture
async def environment(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without limits of sign-ins."""
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS", "0")
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_PERSON_ANYWHERE", "0")
    app_settings.cache_clear()
    return environment


async def test_request_invariants_hold_for_any_sequence_of_steps(
    race_setup: RaceSetup, long: bool, promise: Promise
) -> None:
    Lifecycle.race_setup, Lifecycle.loop = race_setup, asyncio.get_running_loop()
    examples = settings(
        max_examples=200 if long else 12,
        stateful_step_count=40 if long else 25,
        deadline=None,
        database=None,
        derandomize=not long,
        phases=[Phase.generate, Phase.shrink] if long else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    Lifecycle.steps = 0

    await asyncio.to_thread(run_state_machine_as_test, Lifecycle, settings=examples)

    promise(f"Broken invariants of requests in {Lifecycle.steps} steps of any order", 0)
    promise(f"Times that an account had under {MIN_DATAPOINTS} datapoints after one of them", 0)
