"""Fixtures: people who act in scenes, processes that act for them, and the host that takes their mails."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from backend import clock
from backend.identity.roles import Role
from tests.desk import Desk
from tests.faults.calls import Actors
from tests.faults.mail_host import FaultyHost, faulty_host
from tests.faults.race_setup import Troupe
from tests.faults.tenants import Town, town
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


@pytest.fixture
async def acme(connected: None) -> AsyncIterator[Town]:
    """An organisation on a Monday morning."""
    with clock.set_to(MONDAY_MORNING):
        yield await town()


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[FaultyHost]:
    """A mail host without faults so far; the judge of what it took."""
    async with faulty_host(tmp_path / "accepted") as host:
        yield host
