"""Limits on how many operations run at a time in this process: in all, of an address, of a person."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Full(Exception):
    """A limit is reached; ``name`` is that of the limit."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class ConcurrencyLimiter:
    """Counts what runs under each name."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    @contextmanager
    def held(self, limits: Mapping[str, int]) -> Iterator[None]:
        """Count one under each name while the block runs; checked and counted without an await in between.

        ``limits``: the limit of each name. Raises: Full, and nothing is counted.
        """
        for name, limit in limits.items():
            if self._counts[name] >= limit:
                raise Full(name)
        for name in limits:
            self._counts[name] += 1
        try:
            yield
        finally:
            for name in limits:
                self._counts[name] -= 1
                if not self._counts[name]:
                    del self._counts[name]
