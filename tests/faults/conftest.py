"""Fixtures: people who act in scenes, and processes that act for them."""

from collections.abc import Iterator

import pytest

from backend.identity.permissions import Role
from tests.desk import Desk
from tests.faults.actors import Actors
from tests.faults.scenes import Troupe
from tests.running import MONDAY_MORNING


@pytest.fixture
async def troupe(desk: Desk) -> Troupe:
    """The desk's people, with a second SuperAdmin."""
    return Troupe(desk, await desk.person("bea@acme.example", Role.SUPER_ADMIN, desk.acme))


@pytest.fixture
def two(desk: Desk) -> Iterator[Actors]:
    """Two processes that act at one moment."""
    yield from _actors(2)


@pytest.fixture
def three(desk: Desk) -> Iterator[Actors]:
    """Three of them."""
    yield from _actors(3)


def _actors(number: int) -> Iterator[Actors]:
    actors = Actors(number)
    actors.start(MONDAY_MORNING)
    yield actors
    actors.stop()
