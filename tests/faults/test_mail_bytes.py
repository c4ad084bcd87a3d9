"""A message counts as handed over only when the system has all of it, whatever the event loop and TLS keep back."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.mail import smtp_session as line_module
from backend.mail.smtp_session import NotNow, SmtpSession
from backend.mail.smtp_url import Host

ADDRESS = "127.0.0.1"

KEPT_BY_THE_SYSTEM = 4096
"""Bytes, about; for each end of a connection."""

MESSAGE = b"Message-ID: <one@acme.example>\r\n\r\n" + (b"x" * 998 + b"\r\n") * 50
"""More than the system keeps for both ends, and less than a transport takes before it holds up who writes."""

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}

PATIENCE = 10.0
"""Seconds."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its certificate for this machine, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ADDRESS)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ADDRESS))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    place = tmp_path_factory.mktemp("certificate") / "both.pem"
    place.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return place


@contextmanager
def host_that_stops_reading(certificate: Path, security: str) -> Iterator[tuple[int, threading.Event]]:
    """Gives its port, and what lets it read the message: it takes one connection, on a thread of its own."""
    reads_on = threading.Event()
    with socket.create_server((ADDRESS, 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KEPT_BY_THE_SYSTEM)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        thread = threading.Thread(target=_serve, args=(listener, context, security, reads_on), daemon=True)
        thread.start()
        yield listener.getsockname()[1], reads_on
        reads_on.set()
        thread.join(PATIENCE)


def _serve(listener: socket.socket, context: ssl.SSLContext, security: str, reads_on: threading.Event) -> None:
    line, _ = listener.accept()
    line.settimeout(PATIENCE)
    with suppress(OSError):
        if security == "TLS from the start":
            line = context.wrap_socket(line, server_side=True)
        line.sendall(b"220 ready\r\n")
        offers = b"250-host\r\n250 STARTTLS\r\n" if security == "STARTTLS" else b"250 host\r\n"
        while verb := _command(line):
            if verb == b"STARTTLS":
                line.sendall(b"220 go on\r\n")
                line, offers = context.wrap_socket(line, server_side=True), b"250 host\r\n"
            elif verb == b"DATA":
                line.sendall(b"354 go on\r\n")
                reads_on.wait(PATIENCE)
                taken = b""
                while not taken.endswith(b"\r\n.\r\n") and (more := line.recv(65_536)):
                    taken += more
                line.sendall(b"250 taken\r\n" if taken == MESSAGE + b".\r\n" else b"554 not what was sent\r\n")
            else:
                line.sendall(offers if verb == b"EHLO" else b"250 ok\r\n")
    line.close()


def _command(line: socket.socket) -> bytes:
    """Its first word."""
    said = b""
    while not said.endswith(b"\n") and (more := line.recv(1)):
        said += more
    return said.split()[0].upper() if said else b""


async def _addressed(port: int, security: str) -> SmtpSession:
    """A line on which the host awaits a message, and the system keeps little."""
    scheme = "smtps" if security == "TLS from the start" else "smtp"
    line = SmtpSession(Host.of(f"{scheme}://{ADDRESS}:{port}", tls_demanded=security == "STARTTLS"))
    await line.envelope("accounts@platform.example", "ada@acme.example")
    assert line._client is not None
    kept: socket.socket = line._client.get_transport_info("socket")
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KEPT_BY_THE_SYSTEM)
    assert (line._client.get_transport_info("sslcontext") is None) == (security == "in the clear")
    return line


@pytest.fixture(params=["in the clear", "STARTTLS", "TLS from the start"])
def security(request: pytest.FixtureRequest, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the line is secured; the host's certificate is trusted."""
    monkeypatch.setattr(line_module, "_authorities", lambda: ssl.create_default_context(cafile=certificate))
    return str(request.param)


@pytest.fixture(params=LOOPS)
def loop_factory(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    """Each loop that sends mails."""
    return LOOPS[request.param]


def test_a_message_with_unsent_bytes_is_not_reported_as_sent(
    certificate: Path,
    security: str,
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_module, "ACCEPT_TIMEOUT_S", 0.3)

    async def hand_over(port: int) -> None:
        line = await _addressed(port, security)
        with pytest.raises(NotNow, match="before the end"):
            await line.send_body(MESSAGE)

    with (
        host_that_stops_reading(certificate, security) as (port, _),
        asyncio.Runner(loop_factory=loop_factory) as runner,
    ):
        runner.run(hand_over(port))


def test_a_message_is_reported_as_sent_once_the_kernel_has_all_of_it(
    certificate: Path, security: str, loop_factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def hand_over(port: int, reads_on: threading.Event) -> str:
        line = await _addressed(port, security)
        beginning = asyncio.create_task(line.send_body(MESSAGE))
        reads_on.set()
        await beginning
        assert line._client is not None
        assert line._client.unsent == 0
        reply = await line.commit()
        await line.close()
        return reply

    with (
        host_that_stops_reading(certificate, security) as (port, reads_on),
        asyncio.Runner(loop_factory=loop_factory) as runner,
    ):
        assert runner.run(hand_over(port, reads_on)) == "250 taken"
