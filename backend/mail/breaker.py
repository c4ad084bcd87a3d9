"""A pause for a mail host that does not serve us: 30 s to 10 min, doubling while it stays away."""

from datetime import datetime, timedelta

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=10)


class Breaker:
    """Whether the host is worth trying."""

    def __init__(self) -> None:
        self.open_until: datetime | None = None
        self._pause = SHORTEST

    def lets_through(self, now: datetime) -> bool:
        """Whether to try; after a pause, one try decides about the next."""
        return self.open_until is None or now >= self.open_until

    def failed(self, now: datetime) -> datetime:
        """The host was at fault. Returns the end of the pause."""
        if self.lets_through(now):
            self.open_until = now + self._pause
            self._pause = min(self._pause * 2, LONGEST)
        assert self.open_until is not None
        return self.open_until

    def served(self) -> None:
        """The host is well again."""
        self.open_until, self._pause = None, SHORTEST
