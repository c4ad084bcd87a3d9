"""The absence of a server that the product can do without: who finds it away spares the others the wait."""

import time

ANSWER_TIMEOUT_S = 0.5
"""Seconds in which such a server must answer."""

OPEN_FOR_S = 5.0
"""Seconds for which one that did not answer is not asked again."""


class CircuitBreaker:
    """Whether a server was found away just now."""

    def __init__(self) -> None:
        self._until = 0.0

    def is_open(self) -> bool:
        """Whether it is not worth asking."""
        return time.monotonic() < self._until

    def trip(self) -> None:
        """It did not answer."""
        self._until = time.monotonic() + OPEN_FOR_S
