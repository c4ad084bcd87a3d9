"""A log that can no longer be written costs nobody an answer."""

import errno
import io

import pytest
import structlog

from backend.logs import configure_logs
from tests.desk import Desk


class Broken(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault

    def write(self, text: str) -> int:
        """As the system says it."""
        raise self.fault

    def flush(self) -> None:
        """What a buffer has taken goes no further either."""
        raise self.fault


@pytest.mark.parametrize(
    "fault",
    [OSError(errno.EPIPE, "nobody reads it"), OSError(errno.ENOSPC, "the disk is full"), ValueError("it is closed")],
    ids=str,
)
async def test_who_logs_goes_on_when_the_log_cannot_be_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", Broken(fault))
        configure_logs()

    structlog.get_logger().error("something that must be said")
    answer = await desk.super_admin.asks("{ viewer { id } }")

    assert answer.data["viewer"]
