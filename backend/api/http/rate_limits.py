"""Rate limits of calls and of their cost, by address and by person, and budgets of statements."""

from datetime import timedelta

from backend.settings import settings
from backend.storage.rate_limiter import Limit
from backend.storage.statement_budget import StatementBudget

CHARACTERS_PER_CALL = 250
"""Characters of a document that is not cached: parsing them takes some milliseconds, about as long as a call."""

COST_STEP = 100
"""Units of cost in one count of the limiter, rounded up: a call counts at least once."""

ORDINARY_EXECUTOR_FACTOR = 5
"""How many times as much processor time an object takes by the ordinary executor as by a plan."""

MAX_STATEMENTS = 1_000
"""Statements of an operation, by either executor; a transaction counts as one."""

MAX_CONNECTIONS = 3
"""Connections to the database that an operation uses at the same time."""


def per_address() -> Limit:
    """Calls of one network address."""
    return Limit("calls:address", settings().calls_per_minute_per_address, timedelta(minutes=1))


def per_person() -> Limit:
    """Calls of one person, on all their devices."""
    return Limit("calls:person", settings().calls_per_minute_per_person, timedelta(minutes=1))


def cost_per_person() -> Limit:
    """Cost of one person on all their devices, in units of COST_STEP."""
    return Limit("cost:person", -(-settings().cost_per_minute_per_person // COST_STEP), timedelta(minutes=1))


def extra_calls(text: str) -> int:
    """Calls that a document that is not cached counts for, beside the one that sent it."""
    return len(text) // CHARACTERS_PER_CALL


def cost_steps(cost: int) -> int:
    """A cost in units of COST_STEP, rounded up."""
    return max(1, -(-cost // COST_STEP))


def operation_budget() -> StatementBudget:
    """The budget of a query or a mutation."""
    return StatementBudget(MAX_STATEMENTS, MAX_CONNECTIONS)


def stream_budget() -> StatementBudget:
    """The budget of a subscription: it may last for hours, and the cost bounds each of its events."""
    return StatementBudget(None, MAX_CONNECTIONS)
