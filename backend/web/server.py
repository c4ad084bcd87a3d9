"""uvicorn, as the account desk runs it."""

import gc
import sys
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from backend.logging import configure_logs
from backend.settings import settings
from backend.web.app import create_app
from backend.web.protocol import raise_file_limit

MAX_WEBSOCKET_MESSAGE_BYTES = 64 * 1024
"""Bytes, of a websocket."""

PING_INTERVAL_S = 20.0
"""Seconds between two pings of a websocket: with the next, what a line that is cut or never read can be held."""

PONG_TIMEOUT_S = 20.0
"""Seconds in which a client answers one, after everything that was sent before it."""

SHUTDOWN_TIMEOUT_S = 20
"""Seconds in which a server that was told to end finishes what is under way."""

SWITCH_INTERVAL_S = 0.0005
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
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return app


class Processes(Multiprocess):
    """uvicorn's processes on one port; once they are to end, the port closes with the last of them.

    The parent's own socket would take clients whom nobody serves, and refuse what they have sent when it ends.
    """

    def terminate_all(self) -> None:
        """Tell each process to end."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()


def serve(workers: int = 1) -> None:
    """Serve until a signal, with so many processes on one port; what is under way is finished first."""
    configure_logs()
    config = uvicorn.Config(
        "backend.web.server:application",
        factory=True,
        workers=workers,
        host=settings().host,
        port=settings().port,
        loop="uvloop",
        http="backend.web.protocol:HttpConnection",
        ws="backend.web.protocol:Websocket",
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=PONG_TIMEOUT_S,
        log_config=None,
        log_level=settings().log_level,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings().trusted_proxies),
        forwarded_allow_ips=settings().trusted_proxies,
        timeout_keep_alive=settings().keep_alive_s,  # type: ignore[arg-type]  # any number of seconds
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
    if workers > 1:
        Processes(config, [config.bind_socket()]).run()
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)
