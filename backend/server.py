"""uvicorn, as the account desk runs it."""

import uvicorn

from backend.logs import configure_logs
from backend.settings import settings

LARGEST_MESSAGE = 64 * 1024


def serve() -> None:
    """Serve until a signal; what is under way is finished first."""
    configure_logs()
    uvicorn.run(
        "backend.app:create_app",
        factory=True,
        host=settings().host,
        port=settings().port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        log_level=settings().log_level,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=20,
    )
