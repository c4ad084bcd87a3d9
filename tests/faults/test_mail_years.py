"""Years of reminders with a set clock: every milestone of every term has one outcome (docs/mail.md)."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta

from backend import clock
from backend.accounts.models import Account
from backend.accounts.term import expiry, one_month_before, one_week_before
from backend.mail import ledger, sending
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_session import HostFault, InDoubt, NotNow
from backend.mail.smtp_url import Host
from backend.storage.database import transaction
from tests.faults.tenants import FINAL_STATES, Tenant, create_tenant, create_user, ledger_rows
from tests.promises import Promise

ZONES = [
    "Europe/Madrid", "Europe/London", "Europe/Athens", "Atlantic/Azores", "America/New_York", "America/Los_Angeles",
    "America/St_Johns", "America/Sao_Paulo", "America/Santiago", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu",
    "Asia/Tehran", "Asia/Dubai", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Kiritimati", "Pacific/Pago_Pago",
]  # fmt: skip

DAY_OF: dict[str, Callable[[date], date]] = {
    "ONE_MONTH": one_month_before,
    "ONE_WEEK": one_week_before,
    "EXPIRY_DAY": lambda day: day,
}

START = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass
class UnreliableHost:
    """An SMTP host that is sometimes unreachable, with the messages that it accepted."""

    rng: random.Random
    is_away: bool = False
    has_faults: bool = True
    """Whether it defers a mail or loses a connection now and then."""
    accepted: list[tuple[datetime, str, bytes]] = field(default_factory=list)


@dataclass
class UnreliableSession:
    """A session with it: it may defer a mail, or be lost at the end with the message accepted or not."""

    smtp_host: UnreliableHost
    served: bool = False
    recipient: str = ""
    message: bytes = b""

    async def envelope(self, sender: str, recipient: str) -> None:
        if self.smtp_host.is_away:
            raise HostFault("away")
        if self.smtp_host.has_faults and self.smtp_host.rng.random() < 0.02:
            raise NotNow("450 busy")
        self.served, self.recipient = True, recipient

    async def send_body(self, message: bytes) -> None:
        self.message = message

    async def commit(self) -> str:
        if self.smtp_host.has_faults and self.smtp_host.rng.random() < 0.02:
            if self.smtp_host.rng.random() < 0.5:
                self.smtp_host.accepted.append((clock.now(), self.recipient, self.message))
            raise InDoubt("connection lost")
        self.smtp_host.accepted.append((clock.now(), self.recipient, self.message))
        return "250 taken"

    async def start_over(self) -> None: ...

    async def close(self) -> None:
        self.served = False


@dataclass
class TermHistory:
    """The accounts and their replaced terms."""

    accounts: list[Account]
    zone_of: dict[int, str]
    replaced_at: dict[tuple[int, date], datetime] = field(default_factory=dict)
    """When each old term was replaced by the next."""

    async def renew_some(self, rng: random.Random) -> None:
        """Renew a few accounts that expire soon or have expired, as an approval does."""
        for account in self.accounts:
            today = clock.today(self.zone_of[account.organisation_id])
            if (account.expires_on - today).days < 40 and rng.random() < 0.008:
                await self._renew(account, today)

    async def _renew(self, account: Account, today: date) -> None:
        old = account.expires_on
        if old < today:
            account.anchor, account.months = today, 0
        account.starts_on = max(old + timedelta(days=1), today)
        account.months += 12 if account.months else 6
        account.expires_on = expiry(account.anchor, account.months)
        self.replaced_at[account.id, old] = clock.now()
        async with transaction():
            await account.save()
            await ledger.cancel_reminders(account_id=account.id, expires_on=old)

    def violations(self, rows: list[dict[str, Any]], end: datetime) -> list[str]:
        """Contradictions between the ledger and docs/mail.md, as texts."""
        zones = {account.id: self.zone_of[account.organisation_id] for account in self.accounts}
        of_term: dict[tuple[int, date], list[str]] = {}
        found = [f"still open: {row['key']} {row['state']}" for row in rows if row["state"] not in FINAL_STATES]
        for row in rows:
            if row["kind"] == "REMINDER":
                of_term.setdefault((row["account_id"], row["expires_on"]), []).append(row["milestone"])
                found += self._violations_of_row(row, zones[row["account_id"]])
        found += [f"twice: {term} {names}" for term, names in of_term.items() if len(set(names)) != len(names)]
        for term in self._ended_terms(zones, end):
            if len(of_term.get(term, ())) != 3:
                found.append(f"not three: {term} {of_term.get(term)}")
        return found

    def _violations_of_row(self, row: dict[str, Any], zone: str) -> Iterator[str]:
        day = DAY_OF[row["milestone"]](row["expires_on"])
        if row["due_at"].astimezone(ZoneInfo(zone)).date() != day:
            yield f"on the wrong day: {row['key']}"
        replaced_at = self.replaced_at.get((row["account_id"], row["expires_on"]))
        if row["state"] in {"SENT", "SENT_MAYBE_TWICE"} and replaced_at and row["ended_at"] > replaced_at:
            yield f"for an old term: {row['key']}"

    def _ended_terms(self, zones: dict[int, str], end: datetime) -> Iterator[tuple[int, date]]:
        for account in self.accounts:
            if account.expires_on < end.astimezone(ZoneInfo(zones[account.id])).date():
                yield account.id, account.expires_on
        for (account_id, expires_on), replaced_at in self.replaced_at.items():
            if replaced_at.astimezone(ZoneInfo(zones[account_id])).date() > expires_on + timedelta(days=13):
                yield account_id, expires_on


async def test_every_milestone_of_every_past_term_has_one_outcome(
    connected: None, monkeypatch: pytest.MonkeyPatch, long: bool, promise: Promise
) -> None:
    rng = random.Random(20)
    count, days = (500, 730) if long else (40, 400)
    smtp_host = UnreliableHost(rng)
    monkeypatch.setattr(sending, "SmtpSession", lambda host: UnreliableSession(smtp_host))
    with clock.set_to(START):
        await create_user("carla@platform.example", None)
        tenants = [await create_tenant(zone.replace("/", "").lower(), zone) for zone in ZONES]
        accounts = [await _account(rng.choice(tenants), rng) for _ in range(count)]
        history = TermHistory(accounts, {tenant.organisation.id: tenant.organisation.time_zone for tenant in tenants})
        await _run_days(days, history, smtp_host, rng)
        rows, end = await ledger_rows(), clock.now()

    violations = history.violations(rows, end)
    assert violations == []
    terms = len({(row["account_id"], row["expires_on"]) for row in rows if row["kind"] == "REMINDER"})
    promise(f"Terms checked over {days} days, {count} accounts, {len(ZONES)} time zones", terms)
    promise("Milestones without their one outcome, on a wrong day, or sent for an old term", len(violations))
    promise("Mails sent", len(smtp_host.accepted))


async def _account(tenant: Tenant, rng: random.Random) -> Account:
    """An account that expires within 400 days."""
    expires_on = START.date() + timedelta(days=rng.randint(3, 400))
    anchor = expires_on + timedelta(days=1) - relativedelta(months=12)
    return await tenant.create_account(expires_on, mail_domain=None, starts_on=anchor, anchor=anchor)


async def _run_days(days: int, history: TermHistory, smtp_host: UnreliableHost, rng: random.Random) -> None:
    """Plan and send twice a day; now and then the host is away for days, and the worker for up to twelve."""
    sender = Sender(Host.of("smtp://nowhere.example:25", tls_demanded=False), random.Random(1))
    worker_back = START
    for _ in range(days * 2):
        clock.advance(timedelta(hours=12, minutes=rng.randint(-30, 30)))
        await history.renew_some(rng)
        smtp_host.is_away = rng.random() < (0.9 if smtp_host.is_away else 0.02)
        if rng.random() < 0.005:
            worker_back = clock.now() + timedelta(days=rng.choice([1, 3, 12]))
        if clock.now() >= worker_back:
            await plan_due(clock.now())
            await sender.send_due()
    smtp_host.is_away = smtp_host.has_faults = False
    for _ in range(6):  # mails in doubt or deferred
        clock.advance(timedelta(hours=1))
        await plan_due(clock.now())
        await sender.send_due()
