"""``rediss://`` is TLS to a server whose certificate is believed and is of the host that the URL names."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.settings import WrongSettings, settings
from backend.startup import check_queue
from tests.networked import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
async def port(authority: Authority) -> AsyncIterator[int]:
    """Of a server that is ``localhost`` and says OK to every command."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue("server", "localhost"))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.startswith(b"*"):
                writer.write(b"+OK\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


def use(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("REDIS_URL", url)
    settings.cache_clear()


async def test_a_server_that_is_believed_is_taken(
    environment: pytest.MonkeyPatch, authority: Authority, port: int
) -> None:
    use(environment, f"rediss://localhost:{port}/0?ssl_ca_certs={authority.certificate}")

    await check_queue()


async def test_a_certificate_of_nobody_who_is_believed_is_refused(environment: pytest.MonkeyPatch, port: int) -> None:
    use(environment, f"rediss://localhost:{port}/0")

    with pytest.raises(WrongSettings, match=r"REDIS_URL: .*certificate verify failed"):
        await check_queue()


async def test_a_certificate_of_another_host_is_refused(
    environment: pytest.MonkeyPatch, authority: Authority, port: int
) -> None:
    use(environment, f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={authority.certificate}")

    with pytest.raises(WrongSettings, match=r"REDIS_URL: .*not valid for '127.0.0.1'"):
        await check_queue()
