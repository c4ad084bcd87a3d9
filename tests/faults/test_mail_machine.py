"""Any sequence of planning, sending, faults, kills, renewals and waiting keeps what docs/mail.md promises."""

import asyncio
import itertools
import random
import re
from collections import Counter, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from backend import clock, failpoints
from backend.accounts.models import Account
from backend.identity.models import User
from backend.mail import ledger, sending
from backend.mail.lease import CLAIM_LEASE, LEASE
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_session import HostFault, InDoubt, MessageRefused, NotNow, RecipientRefused
from backend.mail.smtp_url import Host
from backend.storage.database import fetch, transaction
from tests.faults.mail_workers import POINTS
from tests.faults.tenants import FINAL, Town, lines, person, town
from tests.owner import by_owner
from tests.promises import Promise
from tests.running import MONDAY_MORNING

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.MULTILINE)

FAULTS = ["", "away", "busy", "no such user", "body breaks", "refused", "lost in the gap", "taken in the gap"]

TERMS_SPOKEN_OF = """
SELECT m.expires_on, a.expires_on AS present FROM mail m JOIN account a ON a.id = m.account_id WHERE m.message_id = $1
"""

EMPTY = ("DELETE FROM mail", "DELETE FROM account", "DELETE FROM reminder_plan", "DELETE FROM mail_host")


class Killed(BaseException):
    """The worker is gone, with whatever it held."""


@dataclass
class Judge:
    """A host that errs as the machine says, and knows what it has taken."""

    faults: deque[str] = field(default_factory=deque)
    taken: Counter[str] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)

    async def take(self, message: bytes) -> None:
        """Note a message, and whether it speaks of a term that is over by a renewal."""
        named = MESSAGE_ID.search(message)
        assert named is not None
        name = named[1].decode()
        self.taken[name] += 1
        terms = await fetch(TERMS_SPOKEN_OF, name)
        self.stale += [name for term in terms if term["expires_on"] != term["present"]]


@dataclass
class JudgedSession:
    """A line to it."""

    judge: Judge
    served: bool = False
    fault: str = ""
    message: bytes = b""

    async def envelope(self, sender: str, recipient: str) -> None:
        self.fault = self.judge.faults.popleft() if self.judge.faults else ""
        if self.fault == "away":
            raise HostFault("away")
        self.served = True
        if self.fault == "busy":
            raise NotNow("450 busy")
        if self.fault == "no such user":
            raise RecipientRefused("550 no such user")

    async def send_body(self, message: bytes) -> None:
        failpoints.failpoint("mid_data")
        if self.fault == "body breaks":
            raise NotNow("the line broke")
        self.message = message

    async def commit(self) -> str:
        if self.fault == "refused":
            raise MessageRefused("554 no")
        if self.fault != "lost in the gap":
            await self.judge.take(self.message)
        failpoints.failpoint("after_dot")
        if self.fault.endswith("in the gap"):
            raise InDoubt("the line broke")
        return "250 taken"

    async def start_over(self) -> None: ...

    async def close(self) -> None:
        self.served = False


class Post(RuleBasedStateMachine):
    """Three accounts, two who are reminded, two workers, a host, and time."""

    home: Town
    judge: Judge
    loop: asyncio.AbstractEventLoop
    keys = itertools.count()
    steps = 0

    @initialize(days=st.lists(st.integers(0, 35), min_size=3, max_size=3))
    def opens(self, days: list[int]) -> None:
        """Accounts that expire soon, and nothing sent yet."""
        clock.advance(MONDAY_MORNING - clock.now())
        for statement in EMPTY:
            self.run(by_owner(statement))
        for who in range(2):
            if not self.home.people[who].is_active:
                self.leaves_or_comes_back(who)
        Post.judge.faults.clear()
        Post.judge.taken.clear()
        Post.judge.stale.clear()
        self.somebody_signs_in(4)
        self.accounts = [self.run(self.home.account(self.today() + timedelta(days=day))) for day in days]
        self.ended: dict[int, tuple[str, str | None]] = {}

    @rule(workers=st.integers(1, 2), faults=st.lists(st.sampled_from(FAULTS), min_size=2, max_size=6))
    def sends(self, workers: int, faults: list[str]) -> None:
        """Workers plan and send what is due, and as many mails more as there are faults; the first mails meet these."""
        self.somebody_signs_in(len(faults))
        Post.judge.faults.extend(faults)
        self.run(self._work(workers))
        Post.judge.faults.clear()

    @rule(point=st.sampled_from(POINTS), passing=st.integers(1, 2))
    def a_worker_is_killed(self, point: str, passing: int) -> None:
        """It goes at a point of a mail's way; another works beside it."""
        self.somebody_signs_in(2)
        left = passing

        def reached(name: str) -> None:
            nonlocal left
            left -= name == point
            if left == 0:
                left = -1
                raise Killed

        failpoints.arm(reached)
        self.run(self._work(2))
        failpoints.arm(lambda name: None)

    @rule(number=st.integers(0, 2))
    def is_renewed(self, number: int) -> None:
        """As an approval does: the account's term and its open mails in one transaction."""
        account = self.accounts[number]
        old, today = account.expires_on, self.today()
        account.starts_on = max(old + timedelta(days=1), today)
        account.expires_on = account.starts_on + timedelta(days=60)
        self.run(self._renew(account, old))

    @rule(who=st.integers(0, 1))
    def leaves_or_comes_back(self, who: int) -> None:
        """A SuperAdmin is no longer active, or is again."""
        user = self.home.people[who]
        user.is_active = not user.is_active
        self.run(User.filter(id=user.id).update(is_active=user.is_active))

    @rule(by=st.sampled_from([CLAIM_LEASE, timedelta(minutes=2), LEASE, LEASE, timedelta(hours=7), timedelta(days=1)]))
    def time_passes(self, by: timedelta) -> None:
        """Minutes, a lease, hours, or a day without any worker."""
        clock.advance(by)

    @invariant()
    def the_promises_hold(self) -> None:
        """What must be true after every step."""
        Post.steps += 1
        rows = self.run(lines())
        copies = Post.judge.taken
        assert Post.judge.stale == []
        assert all(count <= 2 for count in copies.values()), copies
        for row in rows:
            if row["state"] in FINAL:
                end = row["state"], row["reason"]
                assert self.ended.setdefault(row["id"], end) == end
            if row["state"] == "SENT":
                assert copies[row["message_id"]] == 1
            if row["state"] in {"SKIPPED", "CANCELLED", "FAILED"}:
                assert row["doubts"] == 0
                assert copies[row["message_id"]] == 0
        assert len({row["key"] for row in rows}) == len(rows)

    def teardown(self) -> None:
        """In good weather everything ends, and each milestone that is past has exactly one outcome for each person."""
        if not hasattr(self, "accounts"):
            return
        for _ in range(6):
            self.run(self._work(1))
            clock.advance(timedelta(hours=1))
        rows = self.run(lines())
        assert {row["state"] for row in rows} <= FINAL
        active = [user.id for user in self.home.people if user.is_active]
        for account in self.accounts:
            if account.expires_on < self.today() - timedelta(days=1):
                for user in active:
                    told = [row["milestone"] for row in rows if self._is_of(row, account, user)]
                    assert sorted(told) == ["EXPIRY_DAY", "ONE_MONTH", "ONE_WEEK"]

    @staticmethod
    def _is_of(row: dict[str, Any], account: Account, user_id: int) -> bool:
        return (row["kind"], row["account_id"], row["expires_on"], row["recipient_id"]) == (
            "REMINDER",
            account.id,
            account.expires_on,
            user_id,
        )

    def somebody_signs_in(self, count: int) -> None:
        """So many mails more, by their cause."""
        for _ in range(count):
            key = f"session {next(Post.keys)}"
            self.run(ledger.new_sign_in(user_id=self.home.people[0].id, session_key=key, device="A phone"))

    async def _work(self, workers: int) -> None:
        await plan_due(clock.now())
        host = Host.of("smtp://nowhere.example:25", tls_demanded=False)
        senders = [Sender(host, random.Random(number)) for number in range(workers)]
        ends = await asyncio.gather(*(sender.send_due() for sender in senders), return_exceptions=True)
        assert all(not isinstance(end, BaseException) or isinstance(end, Killed) for end in ends), ends

    async def _renew(self, account: Account, old: date) -> None:
        async with transaction():
            await account.save()
            await ledger.cancel_reminders(account_id=account.id, expires_on=old)

    def today(self) -> date:
        """At the organisation."""
        return clock.today(self.home.organisation.time_zone)

    def run(self, work: Any) -> Any:
        """Do something in the test's own loop, and wait for it."""

        async def done() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result()


@pytest.fixture
async def home(connected: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """An organisation with two SuperAdmins on a Monday morning, and somebody of Customer Success."""
    Post.judge = Judge()
    monkeypatch.setattr(sending, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(sending, "SmtpSession", lambda host: JudgedSession(Post.judge))
    with clock.set_to(MONDAY_MORNING):
        await person("carla@platform.example", None)
        yield await town(people=2)
    failpoints.arm(lambda name: None)


async def test_mail_invariants_hold_for_any_sequence_of_steps(home: Town, long: bool, promise: Promise) -> None:
    Post.home, Post.loop, Post.steps = home, asyncio.get_running_loop(), 0
    examples = settings(
        max_examples=300 if long else 20,
        stateful_step_count=40 if long else 20,
        deadline=None,
        database=None,
        derandomize=not long,
        phases=[Phase.generate, Phase.shrink] if long else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    await asyncio.to_thread(run_state_machine_as_test, Post, settings=examples)

    promise(f"Broken invariants of mails in {Post.steps} steps of any order", 0)
