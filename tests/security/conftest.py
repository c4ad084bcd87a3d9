"""What the tests of attacks share."""

import io

import pytest

from backend.logging import configure_logs
from backend.settings import settings
from tests.desk import Desk


@pytest.fixture
def logged(desk: Desk, environment: pytest.MonkeyPatch) -> io.StringIO:
    """What this process logs from here on, to the least line."""
    stream = io.StringIO()
    environment.setenv("EMP_LOG_LEVEL", "debug")
    settings.cache_clear()
    environment.setattr("sys.stderr", stream)
    configure_logs()
    return stream
