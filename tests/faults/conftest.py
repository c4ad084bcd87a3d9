"""Fixtures: users and processes of races, an organisation, and a mail host with faults."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from backend import clock
from backend.identity.roles import Role
from tests.desk import Desk
from tests.faults.calls import ClientProcesses
from tests.faults.mail_host import FaultyHost, faulty_host
from tests.faults.race_setup import RaceSetup
from tests.faults.tenants import Tenant, create_tenant
from tests.running import MONDAY_MORNING


@pytest.fixture
async def race_setup(desk: Desk) -> RaceSetup:
    """The desk's users and a second SuperAdmin."""
    return RaceSetup(desk, await desk.person("bea@acme.example", Role.SUPER_ADMIN, desk.acme))


@pytest.fixture
def two_processes(desk: Desk) -> Iterator[ClientProcesses]:
    """Two processes that send calls at one moment."""
    yield from _client_processes(2)


@pytest.fixture
def three_processes(desk: Desk) -> Iterator[ClientProcesses]:
    """Three processes that send calls at one moment."""
    yield from _client_processes(3)


def _client_processes(number: int) -> Iterator[ClientProcesses]:
    processes = ClientProcesses(number)
    processes.start(MONDAY_MORNING)
    yield processes
    processes.stop()


@pytest.fixture
async def acme(connected: None) -> AsyncIterator[Tenant]:
    """An organisation, with the clock set to a Monday morning."""
    with clock.set_to(MONDAY_MORNING):
        yield await create_tenant()


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[FaultyHost]:
    """A mail host without faults in its script; its journal says which mails it accepted."""
    async with faulty_host(tmp_path / "accepted") as host:
        yield host
