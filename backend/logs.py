"""Logs: one line of JSON for each event, on standard error; tracebacks without the values of variables."""

import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog

from backend.settings import settings


class Unbreakable:
    """A stream whose reader may leave and whose disk may be full: what cannot be written is lost, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write if that can be done."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush if that can be done."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure_logs() -> None:
    """Set up this process's logs."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings().log_level.upper())),
        logger_factory=structlog.PrintLoggerFactory(Unbreakable(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
