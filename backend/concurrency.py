"""How much of something is under way at a time, in this process: of all, of an address, of a person."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Full(Exception):
    """One more would be too many; ``name`` is that of the limit it would break."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class ConcurrencyLimiter:
    """Counts what is held under each name."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()

    @contextmanager
    def held(self, limits: Mapping[str, int]) -> Iterator[None]:
        """One more under each name for as long as the block runs; nothing is awaited between the look and the count.

        ``limits``: how many each name may have. Raises: Full, and nothing is counted.
        """
        for name, most in limits.items():
            if self._held[name] >= most:
                raise Full(name)
        for name in limits:
            self._held[name] += 1
        try:
            yield
        finally:
            for name in limits:
                self._held[name] -= 1
                if not self._held[name]:
                    del self._held[name]
