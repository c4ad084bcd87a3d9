"""Logs: one line of JSON for each event, on standard error; tracebacks without the values of variables."""

import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

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


BEFORE: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

RENDERED: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


class WithoutQueries(logging.Filter):
    """Takes query strings off the paths that libraries log: what users ask for is nobody else's."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes."""
        if isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        return True


OF_LIBRARIES = logging.StreamHandler()
"""Lines that come by Python's own logging: uvicorn's, and what other libraries warn of."""

OF_LIBRARIES.addFilter(WithoutQueries())
OF_LIBRARIES.setFormatter(
    ProcessorFormatter(
        foreign_pre_chain=[*BEFORE, structlog.stdlib.add_logger_name],
        processors=[ProcessorFormatter.remove_processors_meta, *RENDERED],
    )
)


def configure_logs() -> None:
    """Set up this process's logs, our own and those of libraries."""
    OF_LIBRARIES.setStream(Unbreakable(sys.stderr))  # type: ignore[arg-type]
    logging.getLogger().addHandler(OF_LIBRARIES)
    structlog.configure(
        processors=[*BEFORE, *RENDERED],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings().log_level.upper())),
        logger_factory=structlog.PrintLoggerFactory(Unbreakable(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
