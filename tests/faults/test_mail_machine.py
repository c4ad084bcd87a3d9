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
from tests.faults.tenants import FINAL_STATES, Tenant, create_tenant, create_user, ledger_rows
from tests.owner import by_owner
from tests.promises import Promise
from tests.running import MONDAY_MORNING

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.MULTILINE)

FAULTS = ["", "away", "busy", "no such user", "body breaks", "refused", "lost in the gap", "taken in the gap"]

TERMS_OF_MESSAGE = """
SELECT m.expires_on, a.expires_on AS present FROM mail m JOIN account a ON a.id = m.account_id WHERE m.message_id = $1
"""

EMPTY_STATEMENTS = ("DELETE FROM mail", "DELETE FROM account", "DELETE FROM reminder_plan", "DELETE FROM mail_host")


class WorkerKilled(BaseException):
    """The worker is killed, with the mails that it has claimed."""


@dataclass
class ScriptedHost:
    """An SMTP host with scripted faults that records the messages that it accepts."""

    faults: deque[str] = field(default_factory=deque)
    accepted: Counter[str] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)

    async def accept(self, message: bytes) -> None:
        """Record a message, and whether it is about a term that a renewal has replaced."""
        named = MESSAGE_ID.search(message)
        assert named is not None
        name = named[1].decode()
        self.accepted[name] += 1
        terms = await fetch(TERMS_OF_MESSAGE, name)
        self.stale += [name for term in terms if term["expires_on"] != term["present"]]


@dataclass
class ScriptedSession:
    """A session with it, in the place of SmtpSession."""

    smtp_host: ScriptedHost
    served: bool = False
    fault: str = ""
    message: bytes = b""

    async def envelope(self, sender: str, recipient: str) -> None:
        self.fault = self.smtp_host.faults.popleft() if self.smtp_host.faults else ""
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
            raise NotNow("connection lost")
        self.message = message

    async def commit(self) -> str:
        if self.fault == "refused":
            raise MessageRefused("554 no")
        if self.fault != "lost in the gap":
            await self.smtp_host.accept(self.message)
        failpoints.failpoint("after_dot")
        if self.fault.endswith("in the gap"):
            raise InDoubt("connection lost")
        return "250 taken"

    async def start_over(self) -> None: ...

    async def close(self) -> None:
        self.served = False


class MailMachine(RuleBasedStateMachine):
    """Three accounts, two recipients, two workers, an SMTP host and a clock."""

    tenant: Tenant
    smtp_host: ScriptedHost
    loop: asyncio.AbstractEventLoop
    keys = itertools.count()
    steps = 0

    @initialize(days=st.lists(st.integers(0, 35), min_size=3, max_size=3))
    def set_up(self, days: list[int]) -> None:
        """Accounts that expire soon, and an empty ledger."""
        clock.advance(MONDAY_MORNING - clock.now())
        for statement in EMPTY_STATEMENTS:
            self.run(by_owner(statement))
        for who in range(2):
            if not self.tenant.users[who].is_active:
                self.toggle_user(who)
        MailMachine.smtp_host.faults.clear()
        MailMachine.smtp_host.accepted.clear()
        MailMachine.smtp_host.stale.clear()
        self.record_sign_ins(4)
        self.accounts = [self.run(self.tenant.create_account(self.today() + timedelta(days=day))) for day in days]
        self.ended: dict[int, tuple[str, str | None]] = {}

    @rule(workers=st.integers(1, 2), faults=st.lists(st.sampled_from(FAULTS), min_size=2, max_size=6))
    def send(self, workers: int, faults: list[str]) -> None:
        """Workers plan and send due mails, and one more for each fault; the first mails meet the faults."""
        self.record_sign_ins(len(faults))
        MailMachine.smtp_host.faults.extend(faults)
        self.run(self._plan_and_send(workers))
        MailMachine.smtp_host.faults.clear()

    @rule(point=st.sampled_from(POINTS), passing=st.integers(1, 2))
    def kill_a_worker(self, point: str, passing: int) -> None:
        """Kill one of two workers at a failpoint."""
        self.record_sign_ins(2)
        left = passing

        def on_failpoint(name: str) -> None:
            nonlocal left
            left -= name == point
            if left == 0:
                left = -1
                raise WorkerKilled

        failpoints.arm(on_failpoint)
        self.run(self._plan_and_send(2))
        failpoints.arm(lambda name: None)

    @rule(number=st.integers(0, 2))
    def renew(self, number: int) -> None:
        """Renew an account as an approval does: its term and its open mails in one transaction."""
        account = self.accounts[number]
        old, today = account.expires_on, self.today()
        account.starts_on = max(old + timedelta(days=1), today)
        account.expires_on = account.starts_on + timedelta(days=60)
        self.run(self._renew(account, old))

    @rule(who=st.integers(0, 1))
    def toggle_user(self, who: int) -> None:
        """Deactivate a SuperAdmin, or activate one again."""
        user = self.tenant.users[who]
        user.is_active = not user.is_active
        self.run(User.filter(id=user.id).update(is_active=user.is_active))

    @rule(by=st.sampled_from([CLAIM_LEASE, timedelta(minutes=2), LEASE, LEASE, timedelta(hours=7), timedelta(days=1)]))
    def advance_clock(self, by: timedelta) -> None:
        """Let a lease, minutes, hours or a day pass without a worker."""
        clock.advance(by)

    @invariant()
    def invariants_hold(self) -> None:
        """What must be true after every step."""
        MailMachine.steps += 1
        rows = self.run(ledger_rows())
        copies = MailMachine.smtp_host.accepted
        assert MailMachine.smtp_host.stale == []
        assert all(count <= 2 for count in copies.values()), copies
        for row in rows:
            if row["state"] in FINAL_STATES:
                end = row["state"], row["reason"]
                assert self.ended.setdefault(row["id"], end) == end
            if row["state"] == "SENT":
                assert copies[row["message_id"]] == 1
            if row["state"] in {"SKIPPED", "CANCELLED", "FAILED"}:
                assert row["doubts"] == 0
                assert copies[row["message_id"]] == 0
        assert len({row["key"] for row in rows}) == len(rows)

    def teardown(self) -> None:
        """Without faults every mail ends, and each past milestone has exactly one outcome for each recipient."""
        if not hasattr(self, "accounts"):
            return
        for _ in range(6):
            self.run(self._plan_and_send(1))
            clock.advance(timedelta(hours=1))
        rows = self.run(ledger_rows())
        assert {row["state"] for row in rows} <= FINAL_STATES
        active = [user.id for user in self.tenant.users if user.is_active]
        for account in self.accounts:
            if account.expires_on < self.today() - timedelta(days=1):
                for user in active:
                    milestones = [row["milestone"] for row in rows if self._is_of(row, account, user)]
                    assert sorted(milestones) == ["EXPIRY_DAY", "ONE_MONTH", "ONE_WEEK"]

    @staticmethod
    def _is_of(row: dict[str, Any], account: Account, user_id: int) -> bool:
        return (row["kind"], row["account_id"], row["expires_on"], row["recipient_id"]) == (
            "REMINDER",
            account.id,
            account.expires_on,
            user_id,
        )

    def record_sign_ins(self, count: int) -> None:
        """Record sign-ins, each with a mail that is due."""
        for _ in range(count):
            key = f"session {next(MailMachine.keys)}"
            self.run(ledger.new_sign_in(user_id=self.tenant.users[0].id, session_key=key, device="A phone"))

    async def _plan_and_send(self, workers: int) -> None:
        await plan_due(clock.now())
        host = Host.of("smtp://nowhere.example:25", tls_demanded=False)
        senders = [Sender(host, random.Random(number)) for number in range(workers)]
        ends = await asyncio.gather(*(sender.send_due() for sender in senders), return_exceptions=True)
        assert all(not isinstance(end, BaseException) or isinstance(end, WorkerKilled) for end in ends), ends

    async def _renew(self, account: Account, old: date) -> None:
        async with transaction():
            await account.save()
            await ledger.cancel_reminders(account_id=account.id, expires_on=old)

    def today(self) -> date:
        """The date in the organisation's time zone."""
        return clock.today(self.tenant.organisation.time_zone)

    def run(self, work: Any) -> Any:
        """Run an awaitable in the test's event loop, and wait for its result."""

        async def done() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result()


@pytest.fixture
async def tenant(connected: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Tenant]:
    """An organisation with two SuperAdmins on a Monday morning, and somebody of Customer Success."""
    MailMachine.smtp_host = ScriptedHost()
    monkeypatch.setattr(sending, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(sending, "SmtpSession", lambda host: ScriptedSession(MailMachine.smtp_host))
    with clock.set_to(MONDAY_MORNING):
        await create_user("carla@platform.example", None)
        yield await create_tenant(user_count=2)
    failpoints.arm(lambda name: None)


async def test_mail_invariants_hold_for_any_sequence_of_steps(tenant: Tenant, long: bool, promise: Promise) -> None:
    MailMachine.tenant, MailMachine.loop, MailMachine.steps = tenant, asyncio.get_running_loop(), 0
    examples = settings(
        max_examples=300 if long else 20,
        stateful_step_count=40 if long else 20,
        deadline=None,
        database=None,
        derandomize=not long,
        phases=[Phase.generate, Phase.shrink] if long else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    await asyncio.to_thread(run_state_machine_as_test, MailMachine, settings=examples)

    promise(f"Broken invariants of mails in {MailMachine.steps} steps of any order", 0)
