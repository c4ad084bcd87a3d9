"""A server that is told to end says so to its balancer, and serves until that has noticed."""

import asyncio
import re
import signal
from datetime import timedelta

import httpx2

from backend.embedded.mailbox import free_port
from backend.settings import Settings, settings
from backend.web.server import SHUTDOWN_TIMEOUT_S
from tests.faults.test_under_load import SERVE, serving
from tests.nginx import CONFIGURATION, ROOT
from tests.waiting import until

HEALTH = b"GET /healthz HTTP/1.1\r\nhost: desk\r\n\r\n"

CLOSING_S = 11
"""Of a server after SHUTDOWN_TIMEOUT_S: the last request's head, and its connections to the database."""


async def test_it_is_not_ready_serves_on_and_keeps_no_connection(connected: None, valkey_url: str) -> None:
    port = free_port()
    async with (
        serving(settings().database_url, valkey_url, port, {"EMP_DRAIN_S": "600"}, SERVE) as server,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        before = [await client.get("/readyz"), await client.post("/graphql", json={"query": "{ __typename }"})]
        assert server.child
        server.child.process.send_signal(signal.SIGTERM)

        async def is_red() -> bool:
            return (await client.get("/readyz")).status_code == 503

        await until(is_red)
        server.child.process.send_signal(signal.SIGTERM)
        told = await client.get("/readyz")
        served = await client.post("/graphql", json={"query": "{ __typename }"})
        server.child.process.send_signal(signal.SIGINT)
        await server.child.ended()

    assert [(answer.status_code, answer.headers.get("connection")) for answer in before] == [(200, None), (200, None)]
    assert (told.status_code, told.json(), told.headers["connection"]) == (
        503,
        {"ready": False, "process": "ends"},
        "close",
    )
    assert (served.status_code, served.headers["connection"]) == (200, "close")


async def test_a_server_that_listens_on_two_addresses_ends_too(connected: None, valkey_url: str) -> None:
    port = free_port()
    # Empty: every address, those of IPv4 on one socket and those of IPv6 on another.
    everywhere = {"EMP_HOST": "", "EMP_DRAIN_S": "0"}
    async with serving(settings().database_url, valkey_url, port, everywhere, SERVE) as server:
        assert server.child
        server.child.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SHUTDOWN_TIMEOUT_S + CLOSING_S):
            await server.child.ended()


async def test_a_connection_without_a_request_stays_open_for_as_long_as_is_set(
    connected: None, valkey_url: str
) -> None:
    port = free_port()
    async with serving(settings().database_url, valkey_url, port, {"EMP_KEEP_ALIVE_S": "0.2"}, SERVE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEALTH)
        said = await asyncio.wait_for(reader.read(), 30)
        writer.close()

    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b"HTTP/1.1") == 1


def test_the_server_keeps_connections_for_longer_than_the_proxy_that_operators_are_given() -> None:
    (proxys,) = re.findall(r"keepalive_timeout (\d+)s;", CONFIGURATION)

    assert Settings.model_fields["keep_alive_s"].default > int(proxys)


def test_whoever_stops_a_server_gives_it_the_time_that_it_takes() -> None:
    takes = timedelta(seconds=Settings.model_fields["drain_s"].default + SHUTDOWN_TIMEOUT_S + CLOSING_S)
    web = (ROOT / "docker-compose.yml").read_text().partition("  web:")[2].partition("  worker:")[0]
    unit = (ROOT / "deploy" / "account-desk-web@.service").read_text()
    (compose,), (systemd,) = re.findall(r"stop_grace_period: (\d+)s", web), re.findall(r"TimeoutStopSec=(\d+)", unit)

    assert timedelta(seconds=int(compose)) >= takes
    assert timedelta(seconds=int(systemd)) >= takes
