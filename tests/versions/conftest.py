"""The desk, on a database that a newer version has migrated."""

import pytest

from tests.desk import Desk
from tests.mail.conftest import post
from tests.versions import newer

__all__ = ["post"]


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """Its tables hold codes that this version does not know, once a test has written some."""
    await newer.migrates()
    return desk
