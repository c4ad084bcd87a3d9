"""nginx of the machine, with the configuration that operators are given, in a folder of the test's own."""

import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from backend.embedded.part import Part
from tests.faults.disposable_servers import running_server
from tests.networked import required

ROOT = Path(__file__).parents[1]

CONFIGURATION = (ROOT / "deploy" / "nginx.conf").read_text()

DEFAULTS = """
upstream account_desk {
    server 127.0.0.1:8001;
    server 127.0.0.1:8002;
}
server {
    listen 443 ssl;
    location / { proxy_pass http://account_desk; }
}
"""
"""What nginx does when nobody says more than where the servers are."""

WHOLE = """
pid {folder}/nginx.pid;
daemon off;
error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
    log_format servers '$upstream_addr';
    access_log {folder}/access.log servers;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {ours}
}}
"""


def program() -> str:
    """Where nginx is; else the test is skipped, unless REQUIRE_SERVERS is set."""
    sbin = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    return required(shutil.which("nginx", path=sbin), "nginx-light")


def at_ports(configuration: str, port: int, servers: Sequence[int]) -> str:
    """A configuration with the ports of a test, and without TLS."""
    text = configuration.replace(":8001", f":{servers[0]}").replace(":8002", f":{servers[1]}")
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    return re.sub(r"^ *ssl_.*\n", "", text, flags=re.MULTILINE)


def check(configuration: str, folder: Path) -> None:
    """See that nginx understands a configuration."""
    file = folder / "nginx.conf"
    file.write_text(WHOLE.format(folder=folder, ours=configuration))
    subprocess.run([program(), "-t", "-q", "-e", folder / "error.log", "-c", file], check=True)


@asynccontextmanager
async def nginx(configuration: str, port: int, servers: Sequence[int], folder: Path) -> AsyncIterator[str]:
    """nginx in front of two servers, for as long as the block runs. Returns its address."""
    ours = at_ports(configuration, port, servers)
    check(ours, folder)

    async def is_ready() -> bool:
        return (folder / "nginx.pid").exists()

    part = Part(
        name="nginx",
        command=(program(), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")),
        is_ready=is_ready,
    )
    async with running_server(part, folder / "nginx.log"):
        yield f"http://127.0.0.1:{port}"
