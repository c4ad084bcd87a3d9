"""uvicorn, as the account desk runs it."""

import uvicorn

from backend.http_protocol import raise_file_limit
from backend.logs import configure_logs
from backend.settings import settings

LARGEST_MESSAGE = 64 * 1024


def serve() -> None:
    """Serve until a signal; what is under way is finished first."""
    configure_logs()
    raise_file_limit()
    uvicorn.run(
        "backend.app:create_app",
        factory=True,
        host=settings().host,
        port=settings().port,
        loop="uvloop",
        http="backend.http_protocol:Connection",
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        log_level=settings().log_level,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings().trusted_proxies),
        forwarded_allow_ips=settings().trusted_proxies,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=20,
    )
