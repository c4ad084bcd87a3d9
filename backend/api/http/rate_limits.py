"""How many calls an address and a person have in a minute, what calls may cost, and what they have of the database."""

from datetime import timedelta

from backend.settings import settings
from backend.storage.rate_limiter import Limit
from backend.storage.statement_budget import StatementBudget

CHARACTERS_OF_A_CALL = 250
"""Of a document that is not known. Reading them takes some milliseconds at most, about as long as answering a call."""

COST_STEP = 100
"""Costs are counted in steps of so much, rounded up: a call counts for one step at least."""

ORDINARY_TIMES = 5
"""How many times as dear an object is when the ordinary executor brings it."""

MAX_STATEMENTS = 1_000
"""Of an operation, by whichever executor; a transaction counts as one."""

MAX_CONNECTIONS = 3
"""To the database, that an operation holds at once."""


def per_address() -> Limit:
    """Of one network address."""
    return Limit("calls:address", settings().calls_per_minute_per_address, timedelta(minutes=1))


def per_person() -> Limit:
    """Of one person, on all their devices."""
    return Limit("calls:person", settings().calls_per_minute_per_person, timedelta(minutes=1))


def cost_per_person() -> Limit:
    """Of one person, on all their devices, in steps."""
    return Limit("cost:person", -(-settings().cost_per_minute_per_person // COST_STEP), timedelta(minutes=1))


def calls_more(text: str) -> int:
    """How many calls a document that is not known counts for, beside the one that brought it."""
    return len(text) // CHARACTERS_OF_A_CALL


def steps(cost: int) -> int:
    """How many steps a cost counts for."""
    return max(1, -(-cost // COST_STEP))


def of_an_operation() -> StatementBudget:
    """What a query or a mutation has of the database."""
    return StatementBudget(MAX_STATEMENTS, MAX_CONNECTIONS)


def of_a_stream() -> StatementBudget:
    """What a subscription has of it, which may last for hours: each of its events is bounded by its cost."""
    return StatementBudget(None, MAX_CONNECTIONS)
