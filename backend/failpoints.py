"""Failpoints: named points in sending and restoring at which a test may end the process; never armed in production."""

from collections.abc import Callable

_armed: Callable[[str], None] | None = None


def arm(on_failpoint: Callable[[str], None]) -> None:
    """Call ``on_failpoint`` with the name of each failpoint that is reached from now on."""
    global _armed
    _armed = on_failpoint


def failpoint(point: str) -> None:
    """Report that a failpoint is reached; does nothing unless armed."""
    if _armed is not None:
        _armed(point)
