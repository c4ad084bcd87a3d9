"""Fixtures of the security tests."""

import io

import pytest

from backend.logging import configure_logs
from backend.settings import settings
from tests.desk import Desk


@pytest.fixture
def logged(desk: Desk, environment: pytest.MonkeyPatch) -> io.StringIO:
    """The log of this process from here on, at level debug."""
    stream = io.StringIO()
    environment.setenv("EMP_LOG_LEVEL", "debug")
    settings.cache_clear()
    environment.setattr("sys.stderr", stream)
    configure_logs()
    return stream
