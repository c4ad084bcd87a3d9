"""Years of reminders under a set clock: every milestone of every term has its one outcome (docs/mail.md)."""

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
from tests.faults.tenants import FINAL, Town, lines, person, town
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
class Post:
    """A host that is sometimes away, and what it has taken."""

    chance: random.Random
    away: bool = False
    errs: bool = True
    """Now and then it is busy, or breaks the line."""
    taken: list[tuple[datetime, str, bytes]] = field(default_factory=list)


@dataclass
class PostSession:
    """A line to it: now and then busy, or breaking at the end with the message taken or not."""

    post: Post
    served: bool = False
    recipient: str = ""
    message: bytes = b""

    async def envelope(self, sender: str, recipient: str) -> None:
        if self.post.away:
            raise HostFault("away")
        if self.post.errs and self.post.chance.random() < 0.02:
            raise NotNow("450 busy")
        self.served, self.recipient = True, recipient

    async def send_body(self, message: bytes) -> None:
        self.message = message

    async def commit(self) -> str:
        if self.post.errs and self.post.chance.random() < 0.02:
            if self.post.chance.random() < 0.5:
                self.post.taken.append((clock.now(), self.recipient, self.message))
            raise InDoubt("the line broke")
        self.post.taken.append((clock.now(), self.recipient, self.message))
        return "250 taken"

    async def start_over(self) -> None: ...

    async def close(self) -> None:
        self.served = False


@dataclass
class Chronicle:
    """The accounts, and which terms they have had until when."""

    accounts: list[Account]
    zone_of: dict[int, str]
    replaced: dict[tuple[int, date], datetime] = field(default_factory=dict)
    """When each old term gave way to the next."""

    async def renews_some(self, chance: random.Random) -> None:
        """Renew a few of those that end soon or have ended, as an approval does."""
        for account in self.accounts:
            today = clock.today(self.zone_of[account.organisation_id])
            if (account.expires_on - today).days < 40 and chance.random() < 0.008:
                await self._renew(account, today)

    async def _renew(self, account: Account, today: date) -> None:
        old = account.expires_on
        if old < today:
            account.anchor, account.months = today, 0
        account.starts_on = max(old + timedelta(days=1), today)
        account.months += 12 if account.months else 6
        account.expires_on = expiry(account.anchor, account.months)
        self.replaced[account.id, old] = clock.now()
        async with transaction():
            await account.save()
            await ledger.cancel_reminders(account_id=account.id, expires_on=old)

    def violations(self, rows: list[dict[str, Any]], end: datetime) -> list[str]:
        """What the ledger says that must not be."""
        zones = {account.id: self.zone_of[account.organisation_id] for account in self.accounts}
        of_term: dict[tuple[int, date], list[str]] = {}
        found = [f"still open: {row['key']} {row['state']}" for row in rows if row["state"] not in FINAL]
        for row in rows:
            if row["kind"] == "REMINDER":
                of_term.setdefault((row["account_id"], row["expires_on"]), []).append(row["milestone"])
                found += self._against(row, zones[row["account_id"]])
        found += [f"twice: {term} {names}" for term, names in of_term.items() if len(set(names)) != len(names)]
        for term in self._ended_terms(zones, end):
            if len(of_term.get(term, ())) != 3:
                found.append(f"not three: {term} {of_term.get(term)}")
        return found

    def _against(self, row: dict[str, Any], zone: str) -> Iterator[str]:
        day = DAY_OF[row["milestone"]](row["expires_on"])
        if row["due_at"].astimezone(ZoneInfo(zone)).date() != day:
            yield f"on the wrong day: {row['key']}"
        replaced = self.replaced.get((row["account_id"], row["expires_on"]))
        if row["state"] in {"SENT", "SENT_MAYBE_TWICE"} and replaced and row["ended_at"] > replaced:
            yield f"for an old term: {row['key']}"

    def _ended_terms(self, zones: dict[int, str], end: datetime) -> Iterator[tuple[int, date]]:
        for account in self.accounts:
            if account.expires_on < end.astimezone(ZoneInfo(zones[account.id])).date():
                yield account.id, account.expires_on
        for (account_id, expires_on), replaced in self.replaced.items():
            if replaced.astimezone(ZoneInfo(zones[account_id])).date() > expires_on + timedelta(days=13):
                yield account_id, expires_on


async def test_every_milestone_of_every_past_term_has_one_outcome(
    connected: None, monkeypatch: pytest.MonkeyPatch, long: bool, promise: Promise
) -> None:
    chance = random.Random(20)
    count, days = (500, 730) if long else (40, 400)
    post = Post(chance)
    monkeypatch.setattr(sending, "SmtpSession", lambda host: PostSession(post))
    with clock.set_to(START):
        await person("carla@platform.example", None)
        towns = [await town(zone.replace("/", "").lower(), zone) for zone in ZONES]
        accounts = [await _account(chance.choice(towns), chance) for _ in range(count)]
        chronicle = Chronicle(accounts, {town.organisation.id: town.organisation.time_zone for town in towns})
        await _let_pass(days, chronicle, post, chance)
        rows, end = await lines(), clock.now()

    violations = chronicle.violations(rows, end)
    assert violations == []
    terms = len({(row["account_id"], row["expires_on"]) for row in rows if row["kind"] == "REMINDER"})
    promise(f"Terms checked over {days} days, {count} accounts, {len(ZONES)} time zones", terms)
    promise("Milestones without their one outcome, on a wrong day, or sent for an old term", len(violations))
    promise("Mails that went out", len(post.taken))


async def _account(home: Town, chance: random.Random) -> Account:
    """In the last year of its contract, or before it."""
    expires_on = START.date() + timedelta(days=chance.randint(3, 400))
    anchor = expires_on + timedelta(days=1) - relativedelta(months=12)
    return await home.account(expires_on, mail_domain=None, starts_on=anchor, anchor=anchor)


async def _let_pass(days: int, chronicle: Chronicle, post: Post, chance: random.Random) -> None:
    """Two looks a day, while now and then the host is away for days, and the worker for up to twelve."""
    sender = Sender(Host.of("smtp://nowhere.example:25", tls_demanded=False), random.Random(1))
    worker_back = START
    for _ in range(days * 2):
        clock.advance(timedelta(hours=12, minutes=chance.randint(-30, 30)))
        await chronicle.renews_some(chance)
        post.away = chance.random() < (0.9 if post.away else 0.02)
        if chance.random() < 0.005:
            worker_back = clock.now() + timedelta(days=chance.choice([1, 3, 12]))
        if clock.now() >= worker_back:
            await plan_due(clock.now())
            await sender.send_due()
    post.away = post.errs = False
    for _ in range(6):  # what was in doubt, or told to wait
        clock.advance(timedelta(hours=1))
        await plan_due(clock.now())
        await sender.send_due()
