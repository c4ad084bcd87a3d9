"""A part of the product that runs as a process of its own."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from signal import SIGKILL, SIGTERM, Signals


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that a process runs as; PostgreSQL refuses root."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Part:
    """What the supervisor starts, watches and stops."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    owner: Owner | None = None
    stop_signal: Signals = SIGTERM
    death_signal: Signals = SIGKILL
    """What it gets when its supervisor dies without stopping it."""
    prepare: Callable[[], None] | None = None
    """Work before each start, such as taking away what a killed process left."""


def own_environment() -> dict[str, str]:
    """This process's environment, which every part inherits."""
    return dict(os.environ)
