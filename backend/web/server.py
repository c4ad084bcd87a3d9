"""uvicorn, as the account desk runs it."""

import gc
import sys

import uvicorn
from starlette.applications import Starlette

from backend.logging import configure_logs
from backend.settings import settings
from backend.web.app import create_app
from backend.web.protocol import raise_file_limit

LARGEST_MESSAGE = 64 * 1024
"""Bytes, of a websocket."""

PING_EVERY = 20.0
"""Seconds between two pings of a websocket: with the next, what a line that is cut or never read can be held."""

PONG_WITHIN = 20.0
"""Seconds in which a client answers one, after everything that was sent before it."""

GRACE = 20
"""Seconds in which a server that was told to end finishes what is under way."""

GIVES_WAY_AFTER = 0.0005
"""Seconds that the event loop waits for a thread that reads a document, at each step."""


def application() -> Starlette:
    """The application of one process."""
    configure_logs()
    raise_file_limit()
    app = create_app()
    # What there is now stays, and the collector need not look at it again; what comes it looks at in small pieces, as
    # everybody waits for it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 5, 10)
    sys.setswitchinterval(GIVES_WAY_AFTER)
    return app


def serve(workers: int = 1) -> None:
    """Serve until a signal, with so many processes on one port; what is under way is finished first."""
    configure_logs()
    uvicorn.run(
        "backend.web.server:application",
        factory=True,
        workers=workers,
        host=settings().host,
        port=settings().port,
        loop="uvloop",
        http="backend.web.protocol:Connection",
        ws="backend.web.protocol:Websocket",
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=PING_EVERY,
        ws_ping_timeout=PONG_WITHIN,
        log_config=None,
        log_level=settings().log_level,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings().trusted_proxies),
        forwarded_allow_ips=settings().trusted_proxies,
        timeout_keep_alive=settings().keep_alive_s,  # type: ignore[arg-type]  # any number of seconds
        timeout_graceful_shutdown=GRACE,
    )
