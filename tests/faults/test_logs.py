"""Each log line is JSON, whichever library writes it; a log that cannot be written fails no call."""

import errno
import io
import json
import logging
import sys
from contextlib import suppress

import pytest
import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from backend.embedded.mailbox import free_port
from backend.embedded.part import Part
from backend.logging import configure_logs
from tests.desk import Desk
from tests.faults.attackers import response_to
from tests.faults.disposable_servers import running_server
from tests.faults.test_under_load import settings_of
from tests.servers import open_folder


class BrokenStream(io.StringIO):
    """A stream whose writes fail."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault

    def write(self, text: str) -> int:
        """Raise the fault."""
        raise self.fault

    def flush(self) -> None:
        """Raise the fault."""
        raise self.fault


@pytest.mark.parametrize(
    "fault",
    [OSError(errno.EPIPE, "nobody reads it"), OSError(errno.ENOSPC, "the disk is full"), ValueError("it is closed")],
    ids=str,
)
async def test_a_log_that_cannot_be_written_does_not_fail_its_caller(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", BrokenStream(fault))
        configure_logs()

    structlog.get_logger().error("something that must be said")
    answer = await desk.super_admin.asks("{ viewer { id } }")

    assert answer.data["viewer"]


async def test_every_log_line_of_a_server_is_json_without_query_strings(database_url: str, valkey_url: str) -> None:
    port = free_port()
    command = (sys.executable, "-m", "backend.cli.main", "serve")

    async def is_ready() -> bool:
        return b" 200 " in await response_to(port, b"GET /healthz HTTP/1.0\r\n\r\n")

    part = Part("server", command, is_ready, settings_of(database_url, valkey_url, port))
    url = f"ws://127.0.0.1:{port}/graphql?secret=canary"
    with open_folder() as folder:
        async with running_server(part, folder / "server.log"):
            async with connect(url, proxy=None):
                pass
            with suppress(InvalidStatus):
                async with connect(url, origin="https://evil.example", proxy=None):  # type: ignore[arg-type]
                    pass
            await response_to(port, b"GET /?secret=canary HTTP/9\r\n\r\n")
        text = (folder / "server.log").read_text()

    lines = [json.loads(line) for line in text.splitlines()]
    events = " ".join(line["event"] for line in lines)
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    assert "WebSocket /graphql" in events
    assert "Invalid HTTP request received." in events
    assert "Uvicorn running" in events
    assert "canary" not in text


def test_an_exception_logged_by_a_library_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", stream := io.StringIO())
        configure_logs()
        configure_logs()
        try:
            raise ValueError("no number")
        except ValueError:
            logging.getLogger("a.library").exception("it failed for %s", "/path?secret=canary")
    configure_logs()

    (line,) = stream.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["level"], entry["logger"]) == ("it failed for /path", "error", "a.library")
    assert "ValueError: no number" in entry["exception"]
