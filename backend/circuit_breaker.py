"""A circuit breaker for servers that the product can do without: after one failure others do not wait."""

import time

ANSWER_TIMEOUT_S = 0.5
"""Within which such a server must answer."""

OPEN_FOR_S = 5.0
"""How long a server that did not answer is not called again."""


class CircuitBreaker:
    """Opens for OPEN_FOR_S when the server failed."""

    def __init__(self) -> None:
        self._open_until = 0.0

    def is_open(self) -> bool:
        """Whether the server failed within the last OPEN_FOR_S: it should not be called."""
        return time.monotonic() < self._open_until

    def trip(self) -> None:
        """Open the breaker, after a failure of the server."""
        self._open_until = time.monotonic() + OPEN_FOR_S
