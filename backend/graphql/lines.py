"""Open lines of live updates: so many of a process, from an address, and of a person."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from backend.graphql.context import Context
from backend.graphql.refusals import RequestCode, RequestRefused
from backend.settings import settings


class Lines:
    """Counts the lines of this process, by websocket or by server-sent events."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def held(self, context: Context) -> Iterator[None]:
        """One more line for as long as the block runs. Raises: RequestRefused, when it is one too many."""
        self.check(context)
        names = self._limits(context).keys()
        self._open.update(names)
        try:
            yield
        finally:
            self._open.subtract(names)
            self._open = +self._open

    def check(self, context: Context) -> None:
        """Raises: RequestRefused, when there is no room for one more."""
        if any(self._open[name] >= most for name, most in self._limits(context).items()):
            raise RequestRefused(RequestCode.TOO_MANY_SUBSCRIPTIONS)

    def _limits(self, context: Context) -> dict[str, int]:
        address = context.request.client.host if context.request.client else ""
        limits = {"all": settings().lines, f"address {address}": settings().lines_per_address}
        if context.user is not None:
            limits[f"person {context.user.id}"] = settings().lines_per_person
        return limits
