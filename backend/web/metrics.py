"""Figures for Prometheus at ``/metrics``, for whoever holds the operator's token; without a token in the settings, off.

Those of mail are read from the database when asked for, so every server process says the same; while the database does
not answer they are left out. Those of connections are the process's own.
"""

from collections.abc import Mapping, Sequence

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from backend import clock
from backend.mail.health import MailHealth, mail_health
from backend.mail.models import OPEN_STATES, MailState
from backend.retention import RetentionRun, runs
from backend.storage.database import pool
from backend.web.health import OK, Readiness
from backend.web.operators import refusal

log = structlog.get_logger()

ENDED_STATES = tuple(state for state in MailState.known() if state not in OPEN_STATES)


async def metrics(request: Request) -> Response:
    """GET /metrics; 404 while it is off, 401 without the token."""
    refused = refusal(request)
    if refused is not None:
        return refused
    registry = CollectorRegistry()
    readiness: Readiness = request.app.state.readiness
    up = Gauge("desk_part_up", "1 while what the product stands on does.", ["part"], registry=registry)
    for part, state in (await readiness.all_parts()).items():
        up.labels(part).set(state == OK)
    _add_connections(registry)
    try:
        _add_mail(registry, await mail_health(clock.now()))
        _add_retention(registry, await runs())
    except Exception as error:  # whatever it is, the other figures are wanted most now
        log.warning("figures cannot be read from the database", error=str(error))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _add_connections(registry: CollectorRegistry) -> None:
    connections = pool()
    for name, help_text, value in (
        ("in_use", "Connections to the database that somebody has.", connections.in_use if connections else 0),
        ("exhausted_seconds", "Since when all are in use.", connections.exhausted_for_s if connections else 0),
    ):
        Gauge(f"desk_database_connections_{name}", help_text, registry=registry).set(value)


def _add_retention(registry: CollectorRegistry, found: Sequence[RetentionRun]) -> None:
    ages = Gauge(
        "desk_retention_age_seconds", "Since old rows of a table were removed last.", ["table"], registry=registry
    )
    removed = Gauge("desk_retention_removed_rows", "Old rows removed in all.", ["table"], registry=registry)
    for run in found:
        ages.labels(run.name).set((clock.now() - run.ran_at).total_seconds())
        removed.labels(run.name).set(run.removed)


def _add_mail(registry: CollectorRegistry, found: MailHealth) -> None:
    def gauge(name: str, help_text: str, value: float) -> None:
        Gauge(name, help_text, registry=registry).set(value)

    def by_state(name: str, help_text: str, states: tuple[MailState, ...], counts: Mapping[str, int]) -> None:
        family = Gauge(name, help_text, ["state"], registry=registry)
        for state in states:
            family.labels(state.value).set(counts.get(state, 0))

    plan_age = (found.at - found.planned_at).total_seconds() if found.planned_at else float("inf")
    oldest = (found.at - found.oldest_due_at).total_seconds() if found.oldest_due_at else 0
    gauge("desk_mail_plan_age_seconds", "Since the calendar was looked at last.", plan_age)
    gauge("desk_mail_oldest_due_seconds", "For how long the oldest mail waits to be sent.", max(oldest, 0))
    by_state("desk_mail_open", "Mails that have not ended.", OPEN_STATES, found.open)
    by_state("desk_mail_ended_last_day", "Mails that ended in 24 hours.", ENDED_STATES, found.ended_in_last_day)
    paused = Gauge("desk_mail_host_paused", "1 while a host is left alone.", ["host"], registry=registry)
    faults = Gauge("desk_mail_host_faults", "How often in a row a host did not serve.", ["host"], registry=registry)
    for host in found.hosts:
        paused.labels(host.name).set(host.open_until is not None)
        faults.labels(host.name).set(host.faults)
