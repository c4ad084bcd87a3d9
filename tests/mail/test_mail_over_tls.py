"""Mail goes over TLS where the host offers it, and nowhere else where TLS is demanded."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from backend.mail import smtp_session as line_module
from backend.mail.smtp_session import HostFault, SmtpSession
from backend.mail.smtp_url import Host
from tests.networked import Authority
from tests.servers import MailServer

MESSAGE = b"Message-ID: <one@acme.example>\r\n\r\nHello\r\n"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Whom this machine believes."""
    authority = Authority(tmp_path, "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    line_module._authorities.cache_clear()
    return authority


@pytest.fixture(autouse=True)
def authorities_of_this_test_alone() -> Iterator[None]:
    yield
    line_module._authorities.cache_clear()


def of_localhost(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue("mail", "localhost"))
    return context


@asynccontextmanager
async def listening(
    factory: Callable[[MailServer], SMTP], tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[MailServer, int]]:
    mail = MailServer()
    server = await asyncio.get_running_loop().create_server(lambda: factory(mail), "127.0.0.1", 0, ssl=tls)
    async with server:
        yield mail, server.sockets[0].getsockname()[1]


async def send(url: str, *, tls_demanded: bool) -> None:
    line = SmtpSession(Host.of(url, tls_demanded=tls_demanded))
    await line.envelope("accounts@platform.example", "ada@acme.example")
    await line.send_body(MESSAGE)
    await line.commit()
    await line.close()


async def test_a_line_is_upgraded_to_tls_where_it_is_demanded(authority: Authority) -> None:
    context = of_localhost(authority)
    async with listening(lambda mail: SMTP(mail, tls_context=context, require_starttls=True)) as (mail, port):
        await send(f"smtp://localhost:{port}", tls_demanded=True)

        assert len(mail.messages) == 1


async def test_a_line_is_tls_from_the_start(authority: Authority) -> None:
    async with listening(SMTP, of_localhost(authority)) as (mail, port):
        await send(f"smtps://localhost:{port}", tls_demanded=False)

        assert len(mail.messages) == 1


async def test_nothing_is_sent_in_clear_where_tls_is_demanded() -> None:
    async with listening(SMTP) as (mail, port):
        with pytest.raises(HostFault, match="STARTTLS"):
            await send(f"smtp://localhost:{port}", tls_demanded=True)

        assert mail.messages == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_nothing_is_sent_to_a_host_of_another_name(authority: Authority, scheme: str) -> None:
    context = of_localhost(authority)
    if scheme == "smtp":
        listening_host = listening(lambda mail: SMTP(mail, tls_context=context))
    else:
        listening_host = listening(SMTP, context)
    async with listening_host as (mail, port):
        with pytest.raises(HostFault, match="certificate verify failed"):
            await send(f"{scheme}://127.0.0.1:{port}", tls_demanded=False)

        assert mail.messages == []
