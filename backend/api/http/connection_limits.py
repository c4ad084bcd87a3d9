"""Limits on open streams of live updates: of a process, of an address, and of a person."""

from collections.abc import Iterator
from contextlib import contextmanager

from backend.api.core.context import Context
from backend.api.execution.request_errors import RequestCode, RequestRefused
from backend.concurrency import ConcurrencyLimiter, Full
from backend.settings import settings


class ConnectionLimits:
    """Counts the open streams of this process, by websocket or by server-sent events."""

    def __init__(self) -> None:
        self._limiter = ConcurrencyLimiter()

    @contextmanager
    def slot(self, context: Context) -> Iterator[None]:
        """Count a stream while the block runs. Raises: RequestRefused (a limit is reached)."""
        try:
            with self._limiter.held(_limits(context)):
                yield
        except Full:
            raise RequestRefused(RequestCode.TOO_MANY_SUBSCRIPTIONS) from None


def _limits(context: Context) -> dict[str, int]:
    limits = {"all": settings().max_streams, f"address {context.network}": settings().max_streams_per_address}
    if context.user is not None:
        limits[f"person {context.user.id}"] = settings().max_streams_per_person
    return limits
