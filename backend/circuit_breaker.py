"""The absence of a server that the product can do without: who finds it away spares the others the wait."""

import time

ANSWER_WITHIN = 0.5
"""Seconds in which such a server must answer."""

LEFT_ALONE_FOR = 5.0
"""Seconds for which one that did not answer is not asked again."""


class Absence:
    """Whether a server was found away just now."""

    def __init__(self) -> None:
        self._until = 0.0

    def lasts(self) -> bool:
        """Whether it is not worth asking."""
        return time.monotonic() < self._until

    def begins(self) -> None:
        """It did not answer."""
        self._until = time.monotonic() + LEFT_ALONE_FOR
