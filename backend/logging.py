"""Logs: one line of JSON for each event, on standard error; tracebacks without the values of variables."""

import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from backend.settings import settings


class LossyStream:
    """A stream that drops what it cannot write, when its reader is gone or the disk is full, and never raises."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, if possible."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, if possible."""
        with suppress(OSError, ValueError):
            self._stream.flush()


SHARED_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

RENDERERS: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


class WithoutQueries(logging.Filter):
    """Removes query strings from the paths that libraries log: they hold what users searched for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        if isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        return True


LIBRARY_HANDLER = logging.StreamHandler()
"""Handles the records of Python's own logging, from uvicorn and other libraries."""

LIBRARY_HANDLER.addFilter(WithoutQueries())
LIBRARY_HANDLER.setFormatter(
    ProcessorFormatter(
        foreign_pre_chain=[*SHARED_PROCESSORS, structlog.stdlib.add_logger_name],
        processors=[ProcessorFormatter.remove_processors_meta, *RENDERERS],
    )
)


def configure_logs() -> None:
    """Configure the logs of this process, our own and those of libraries."""
    LIBRARY_HANDLER.setStream(LossyStream(sys.stderr))  # type: ignore[arg-type]
    logging.getLogger().addHandler(LIBRARY_HANDLER)
    structlog.configure(
        processors=[*SHARED_PROCESSORS, *RENDERERS],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings().log_level.upper())),
        logger_factory=structlog.PrintLoggerFactory(LossyStream(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
