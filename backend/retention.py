"""Removal of old rows: one table of rules, whose times are settings; the worker applies them.

Requests, decisions, timelines and the audit log have no rule: they are kept for ever.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from backend.mail.planning import LOOK_BACK
from backend.settings import Settings, settings
from backend.storage.database import execute, fetch

log = structlog.get_logger()

BATCH_ROWS = 1000
"""Rows removed by one statement, a transaction of its own, so that locks are short."""

REMOVE = """
WITH removed AS (
    DELETE FROM {table} WHERE {key} IN (
        SELECT t.{key} FROM {table} t WHERE {condition} LIMIT $2 FOR UPDATE SKIP LOCKED
    ) RETURNING 1
) SELECT count(*) AS rows FROM removed
"""

RECORD_RUN = """
INSERT INTO retention_run AS r (name, ran_at, removed) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at, removed = r.removed + excluded.removed
"""

RUNS = "SELECT name, ran_at, removed FROM retention_run"

# The next plan looks back from the last one (mail/planning.py): what it could plan anew must have its row, however old.
BEFORE_PLANS = f"(SELECT least($1, planned_at - interval '{LOOK_BACK.days + 1} days') FROM reminder_plan)"  # noqa: S608 - ours

# The mails of a term go when all of them may. Before the first plan none goes.
ENDED_MAILS = f"""
t.ended_at <= {BEFORE_PLANS} AND (t.expires_on IS NULL OR (
    t.expires_on < ({BEFORE_PLANS} AT TIME ZONE 'UTC')::date
    AND NOT EXISTS (SELECT FROM mail o WHERE o.account_id = t.account_id AND o.expires_on = t.expires_on
                       AND (o.ended_at IS NULL OR o.ended_at > {BEFORE_PLANS}))))
"""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Which rows of a table are removed: ``condition`` is on ``t`` and the instant $1, ``kept`` before now."""

    table: str
    condition: str
    kept: Callable[[Settings], timedelta]
    key: str = "id"

    @property
    def statement(self) -> str:
        """The statement that removes one batch and counts it."""
        return REMOVE.format(table=self.table, key=self.key, condition=self.condition)


RULES = (
    RetentionRule("recent_count", "t.ends_at <= $1", lambda _: timedelta(), key="key"),
    RetentionRule("remembered_answer", "t.at <= $1", lambda options: options.answers_kept),
    RetentionRule("password_reset", "t.ends_at <= $1", lambda options: options.resets_kept),
    # A used refresh token is kept while its session is open, so that its reuse is detected.
    RetentionRule(
        "session_token",
        "t.ends_at <= $1 AND EXISTS (SELECT FROM session s WHERE s.id = t.session_id"
        " AND least(s.ended_at, s.ends_at) <= $1)",
        lambda options: options.tokens_kept,
    ),
    # The last one of each person stays: a new device is detected by comparing with it.
    RetentionRule(
        "session",
        "least(t.ended_at, t.ends_at) <= $1"
        " AND EXISTS (SELECT FROM session o WHERE o.user_id = t.user_id AND o.id > t.id)"
        " AND NOT EXISTS (SELECT FROM session_token k WHERE k.session_id = t.id)",
        lambda options: options.sessions_kept,
    ),
    RetentionRule("known_device", "t.seen_at <= $1", lambda options: options.devices_known),
    RetentionRule("mail", ENDED_MAILS, lambda options: options.mails_kept),
)


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """When a rule was applied last, and how many rows it has removed in all."""

    name: str
    ran_at: datetime
    removed: int


async def remove_old(now: datetime, *, within_s: float) -> Mapping[str, int]:
    """Apply every rule, in batches, for ``within_s`` seconds; the next run continues. Returns the rows by table."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + within_s
    removed: dict[str, int] = {}
    for rule in RULES:
        rows = removed[rule.table] = await _apply(rule, now, lambda: loop.time() < ends)
        await execute(RECORD_RUN, rule.table, now, rows)
    log.info("old rows were removed", **removed)
    return removed


async def runs() -> list[RetentionRun]:
    """The last run of each rule that was ever applied."""
    return [RetentionRun(**row) for row in await fetch(RUNS)]


async def _apply(rule: RetentionRule, now: datetime, can_continue: Callable[[], bool]) -> int:
    removed = 0
    while True:
        (row,) = await fetch(rule.statement, now - rule.kept(settings()), BATCH_ROWS)
        rows: int = row["rows"]
        removed += rows
        if rows < BATCH_ROWS or not can_continue():
            return removed
