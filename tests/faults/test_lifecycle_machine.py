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
from tests.faults.race_setup import Troupe
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
class GraphQLRequest:
    """A request as the model knows it."""

    id: str
    kind: str
    value: Any
    by: str
    version_then: int
    seen: str
    state: str = "PENDING"


@dataclass
class Model:
    """What should be true: numbers, words and dates, by the rules of docs/domain.md and not by how they are kept."""

    datapoints: int
    licence: str
    expires_on: date
    version: int = 1
    asked: list[GraphQLRequest] = field(default_factory=list)
    suspended: set[str] = field(default_factory=set)

    def pending(self, kind: str) -> bool:
        return any(asked.kind == kind and asked.state == "PENDING" for asked in self.asked)

    def breaks(self, kind: str, value: Any, today: date) -> set[str]:
        """The codes of what does not hold."""
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

SUPER_ADMINS, DECIDERS = st.sampled_from(["Ada", "Bea"]), st.sampled_from(["Carla", "Sofia"])


def said(kind: str) -> str:
    """What the audit log says of an event of the timeline."""
    return "FILED" if kind == "REQUESTED" else kind


class Lifecycle(RuleBasedStateMachine):
    """One account, two who ask, two who decide, and time."""

    troupe: Troupe
    loop: asyncio.AbstractEventLoop
    keys = itertools.count()
    steps = 0

    @initialize(datapoints=st.integers(20, 120), days=st.integers(0, 90), removal=st.integers(-60, 60))
    def opens(self, datapoints: int, days: int, removal: int) -> None:
        """An account that expires soon, with a request of each type."""
        self.run(User.filter(is_active=False).update(is_active=True))
        expires_on = self.troupe.desk.today() + timedelta(days=days)
        self.account = self.run(
            self.troupe.desk.account(datapoints=datapoints, licence="DETECT", expires_on=expires_on)
        )
        self.initial = datapoints
        self.ended: dict[int, dict[str, Any]] = {}
        self.model = Model(datapoints, "DETECT", expires_on)
        self.everybody_signs_in()
        for kind, value in (("datapoints", removal), ("licence", "OPTIMISE"), ("renewal", 1)):
            self.asks(kind, value, "Ada", twice=False)

    @rule(change=CHANGES, by=SUPER_ADMINS, twice=st.booleans())
    def files(self, change: tuple[str, Any], by: str, twice: bool) -> None:
        """Ask for something, as a phone that may send it twice."""
        if by not in self.model.suspended:
            self.asks(*change, by, twice=twice)

    def asks(self, kind: str, value: Any, by: str, *, twice: bool) -> None:
        """File a request, and compare what is said with the model."""
        key = f"key {next(Lifecycle.keys)}"
        fields = {"accountId": self.account, FIELD[kind]: value}
        answers = [self.run(self.person(by).files(kind, key=key, **fields)) for _ in range(1 + twice)]
        answer = answers[0]
        if self.model.pending(kind):
            assert answer.codes == ["ALREADY_PENDING"]
        elif broken := self.model.breaks(kind, value, self.today()):
            assert set(answer.codes) == broken
        else:
            self.model.asked.append(GraphQLRequest(answer.id, kind, value, by, self.model.version, answer.version))
        assert [repeated.errors for repeated in answers[1:]] == [answer.errors] * twice
        assert all(repeated.request == answer.request for repeated in answers[1:])

    @precondition(lambda self: self.model.asked)
    @rule(data=st.data(), by=DECIDERS, first_seen=st.booleans())
    def approves(self, data: st.DataObject, by: str, first_seen: bool) -> None:
        """Approve what is shown now, or what was shown when it was filed."""
        asked = self.one_of_the_requests(data)
        answer = self.run(self.person(by).approves(asked.id, seen=asked.seen if first_seen else None))
        broken = self.model.breaks(asked.kind, asked.value, self.today())
        if asked.by in self.model.suspended:
            broken.add("REQUESTER_INACTIVE")
        if asked.state != "PENDING":
            assert answer.codes == ["ALREADY_DECIDED"]
        elif first_seen and asked.version_then != self.model.version:
            assert answer.codes == ["STALE"]
        elif first_seen and answer.codes == ["STALE"]:
            assert asked.kind == "renewal"  # whose dates move once the account has expired
        elif broken:
            assert set(answer.codes) == broken
        else:
            assert answer.errors == []
            self.applied(asked)

    @precondition(lambda self: self.model.asked)
    @rule(data=st.data(), by=DECIDERS)
    def rejects(self, data: st.DataObject, by: str) -> None:
        """Turn one down."""
        asked = self.one_of_the_requests(data)
        self.ends(asked, "REJECTED", self.run(self.person(by).rejects(asked.id)))

    @precondition(lambda self: self.model.asked)
    @rule(data=st.data(), by=SUPER_ADMINS)
    def withdraws(self, data: st.DataObject, by: str) -> None:
        """Take one back, whoever of the organisation filed it."""
        if by in self.model.suspended:
            return
        asked = self.one_of_the_requests(data)
        self.ends(asked, "WITHDRAWN", self.run(self.person(by).withdraws(asked.id)))

    @rule(who=st.just("Ada"))
    def is_suspended_or_back(self, who: str) -> None:
        """Close a user, or let them in again."""
        self.model.suspended ^= {who}
        self.run(User.filter(name=who).update(is_active=who not in self.model.suspended))
        self.everybody_signs_in()

    @rule(days=st.sampled_from([0, 0, 1, 7, 40]), hours=st.sampled_from([1, 1, -1]))
    def time_passes(self, days: int, hours: int) -> None:
        """An hour, which a clock that is set right may take back, and perhaps days; the worker plans its reminders."""
        clock.advance(timedelta(days=days, hours=hours))
        self.run(plan_due(clock.now()))
        self.everybody_signs_in()

    @invariant()
    def the_promises_hold(self) -> None:
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
        assert [request["state"] for request in requests] == [asked.state for asked in self.model.asked]
        for request in requests:
            told = [event["kind"] for event in events if event["request_id"] == request["id"]]
            assert told == ["REQUESTED", *([] if request["state"] == "PENDING" else [request["state"]])]
            if request["state"] != "PENDING":
                assert self.ended.setdefault(request["id"], request) == request
                assert request["state"] == "WITHDRAWN" or request["decided_by_id"] != request["requested_by_id"]
        lines = self.run(fetch(AUDIT, account_id))
        assert sorted(line["act"] for line in lines) == sorted(f"REQUEST_{said(event['kind'])}" for event in events)
        pending = [request["type"] for request in requests if request["state"] == "PENDING"]
        assert len(pending) == len(set(pending))
        assert self.run(fetch(REMINDERS, account_id)) == []
        assert self.run(counted_wrongly()) == []

    def one_of_the_requests(self, data: st.DataObject) -> GraphQLRequest:
        """One that is pending, where there is one; now and then, any."""
        pending = [asked for asked in self.model.asked if asked.state == "PENDING"]
        late = data.draw(st.integers(0, 4)) == 4
        return data.draw(st.sampled_from(pending if pending and not late else self.model.asked))

    def ends(self, asked: GraphQLRequest, state: str, answer: Payload) -> None:
        """What rejecting and withdrawing have in common."""
        if asked.state != "PENDING":
            assert answer.codes == ["ALREADY_DECIDED"]
        else:
            assert answer.errors == []
            asked.state = state

    def applied(self, asked: GraphQLRequest) -> None:
        """The model after an approval."""
        asked.state, self.model.version = "APPROVED", self.model.version + 1
        if asked.kind == "datapoints":
            self.model.datapoints += asked.value
        elif asked.kind == "licence":
            self.model.licence = asked.value
        else:
            (account,) = self.run(fetch(ACCOUNT, key_in(self.account, "Account")))
            assert account["expires_on"] > max(self.model.expires_on, self.today())
            self.model.expires_on = account["expires_on"]

    def today(self) -> date:
        """At the organisation."""
        return self.troupe.desk.today()

    def person(self, name: str) -> Person:
        """Somebody by name."""
        desk = self.troupe.desk
        people = {
            "Ada": desk.super_admin,
            "Bea": self.troupe.bea,
            "Carla": desk.customer_success,
            "Sofia": desk.colleague,
        }
        return people[name]

    def everybody_signs_in(self) -> None:
        """Time and suspension end sessions."""
        for name in {"Ada", "Bea", "Carla", "Sofia"} - self.model.suspended:
            self.run(self.person(name).signs_in())

    def run(self, work: Any) -> Any:
        """Do something in the desk's own loop, and wait for it."""

        async def done() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result()


@pytest.fixture
async def environment(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Where everybody may sign in as often as time passes."""
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS", "0")
    environment.setenv("EMP_SIGN_IN_ATTEMPTS_PER_PERSON_ANYWHERE", "0")
    app_settings.cache_clear()
    return environment


async def test_request_invariants_hold_for_any_sequence_of_steps(troupe: Troupe, long: bool, promise: Promise) -> None:
    Lifecycle.troupe, Lifecycle.loop = troupe, asyncio.get_running_loop()
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
