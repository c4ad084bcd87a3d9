"""The application with the current settings, running in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from asgi_lifespan import LifespanManager
from tortoise.exceptions import ConfigurationError

from backend import clock
from backend.logging import configure_logs
from backend.storage.database import pool
from backend.web.app import create_app
from tests.desk import Desk
from tests.waiting import until

MONDAY_MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@asynccontextmanager
async def running_desk(*, signed_in: bool = True) -> AsyncIterator[Desk]:
    """The desk, on a Monday morning that passes only when the test says so; with its people, unless said otherwise."""
    configure_logs()
    with clock.set_to(MONDAY_MORNING):
        app = create_app()
        async with LifespanManager(app):
            desk = Desk(app)
            if signed_in:
                await desk.open()
            yield desk
            await desk.close()
            await until(no_connection_is_in_use)


def no_connection_is_in_use() -> bool:
    """Whether every pooled database connection of this process is released."""
    try:
        connections = pool()
    except ConfigurationError:  # the test has ended them itself
        return True
    return connections is None or connections.in_use == 0
