"""A log that can no longer be written costs nobody an answer."""

import errno
import io

import pytest
import structlog

from backend.logs import configure_logs
from tests.desk import Desk


class Broken(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, text: str) -> int:
        """As the system says it."""
        raise OSError(self.number, "it cannot be written")

    def flush(self) -> None:
        """What a buffer has taken goes no further either."""
        raise OSError(self.number, "it cannot be written")


@pytest.mark.parametrize("fault", [errno.EPIPE, errno.ENOSPC])
async def test_who_logs_goes_on_when_the_log_cannot_be_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", Broken(fault))
        configure_logs()

    structlog.get_logger().error("something that must be said")
    answer = await desk.super_admin.asks("{ viewer { id } }")

    assert answer.data["viewer"]
