"""Named points of a mail's way and of a restore at which a test may end the process; in production none is armed."""

from collections.abc import Callable

_armed: Callable[[str], None] | None = None


def arm(reached: Callable[[str], None]) -> None:
    """Call this with the name of each point that is reached, from now on."""
    global _armed
    _armed = reached


def failpoint(point: str) -> None:
    """Pass a point."""
    if _armed is not None:
        _armed(point)
